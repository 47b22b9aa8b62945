using System.Net;
using Collectives.Transport.Memory;
using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Conformance;
using Xunit.Sdk;

namespace Collectives.Transport.Tests.Faults;

/// <summary>Lanes are cut in the middle of everything; what the link carries does not notice.</summary>
public sealed class CutLaneTests
{
    private const int TestLimitMs = 120_000;
    private const ulong ToSecond = 1_000_000, ToFirst = 2_000_000;

    [Theory(Timeout = TestLimitMs)]
    [InlineData(1, "127.0.0.1", 1)]
    [InlineData(1, "::1", 2)]
    [InlineData(2, "127.0.0.1", 3)]
    [InlineData(2, "::1", 4)]
    [InlineData(4, "127.0.0.1", 5)]
    [InlineData(4, "::1", 6)]
    public Task EveryFrameArrivesAndIsSentAgainOnlyAfterACut(int lanes, string address, int seed) => Task.Run(() => Seeded(seed, () =>
    {
        const int frames = 1500;
        int cuts = 8 + 4 * lanes;
        using Proxied link = new(Settings(lanes), connection => connection < cuts ? Cut.Draw(new Random(seed * 1000 + connection), 40) : null,
            IPAddress.Parse(address));
        Pair pair = link.Pair;
        pair.First.OnLoop(() => pair.First.Postbox.Send(pair.ToSecond, ToSecond, frames));
        pair.Second.OnLoop(() => pair.Second.Postbox.Send(pair.ToFirst, ToFirst, frames));
        pair.First.Until(() => pair.First.Postbox.Arrived.Count == frames, "all frames to the first arrive");
        pair.Second.Until(() => pair.Second.Postbox.Arrived.Count == frames, "all frames to the second arrive");
        pair.First.CheckBooks();
        pair.Second.CheckBooks();

        Assert.True(link.Proxy.Cuts >= cuts / 2, $"only {link.Proxy.Cuts} connections were cut");
        CheckCopies(link.Proxy, pair.Second, fromDialer: true, ToSecond, frames, lanes);
        CheckCopies(link.Proxy, pair.First, fromDialer: false, ToFirst, frames, lanes);
        foreach (Member member in new[] { pair.First, pair.Second })
        {
            Assert.Equal(1, member.Postbox.Ups);
            Assert.Empty(member.Postbox.Lost);
        }
    }));

    [Theory(Timeout = TestLimitMs)]
    [InlineData(1)]
    [InlineData(3)]
    public Task AHandshakeThatIsCutAnywhereIsBegunAgain(int lanes) => Task.Run(() =>
    {
        Cut[] cuts =
        [
            .. new[] { 0, 1, 87, 88, 100, 119, 120 }.Select(at => new Cut(FromDialer: true, CutPlace.Handshake, at, Reset: at % 2 == 0)),
            .. new[] { 0, 6, 87, 88, 95, 96 }.Select(at => new Cut(FromDialer: false, CutPlace.Handshake, at, Reset: at % 2 == 0)),
        ];
        using Proxied link = new(Settings(lanes), connection => connection < cuts.Length ? cuts[connection] : null);
        Pair pair = link.Pair.UntilUp();
        pair.First.OnLoop(() => pair.First.Postbox.Send(pair.ToSecond, ToSecond, 100));
        pair.Second.OnLoop(() => pair.Second.Postbox.Send(pair.ToFirst, ToFirst, 100));
        pair.Second.Until(() => pair.Second.Postbox.Arrived.Count == 100, "the frames arrive");
        pair.First.Until(() => pair.First.Postbox.Arrived.Count == 100, "the frames arrive");
        pair.First.CheckBooks();
        pair.Second.CheckBooks();
        Assert.Equal(cuts.Length, link.Proxy.Cuts);
        Assert.Equal(lanes, pair.First.OnLoop(() => pair.First.Network.Counters.OpenLanes));
        Assert.Equal(lanes, pair.Second.OnLoop(() => pair.Second.Network.Counters.OpenLanes));
    });

    [Fact(Timeout = TestLimitMs)]
    public unsafe Task FramesThatOutliveTheirOwnerWhileThereIsNoLaneAreNotSent() => Task.Run(() =>
    {
        using Proxied link = new(Settings(1) with { HandshakeMs = 200 }, connection => connection == 0 ? new Cut(FromDialer: true, CutPlace.BetweenFrames, 1) : null);
        Pair pair = link.Pair.UntilUp();
        Postbox postbox = pair.First.Postbox;
        byte* memory = NativeBlock.Allocate(Letters.MaxBytes);
        object owner = new();
        link.Proxy.IsSilent = true;
        pair.First.OnLoop(() =>
        {
            for (ulong number = 0; number < 20; number++) postbox.Post(pair.ToSecond, number << 16, memory, 1000, owner);
        });
        pair.First.Until(() => postbox.Downs > 0, "the lane is cut");
        pair.First.OnLoop(() =>
        {
            postbox.End(owner);
            new Span<byte>(memory, Letters.MaxBytes).Fill(0xAB);
        });
        link.Proxy.IsSilent = false;
        pair.First.OnLoop(() => postbox.Send(pair.ToSecond, ToSecond, 1));
        pair.Second.Until(() => pair.Second.Postbox.Arrived.ContainsKey(ToSecond), "what is sent later arrives");
        pair.First.CheckBooks();
        pair.Second.CheckBooks();
        Assert.Equal(2, pair.Second.OnLoop(() => pair.Second.Postbox.Arrived.Count));
        NativeBlock.Free(memory);
    });

    private static LaneSettings Settings(int lanes) => new() { LanesPerLink = lanes, ReconnectMs = 60_000 };

    /// <summary>A frame whose lane held is sent once; one whose lane was cut arrives at most as often as it was sent.</summary>
    private static void CheckCopies(CuttingProxy proxy, Member receiver, bool fromDialer, ulong first, int frames, int lanes)
    {
        Dictionary<ulong, int> sent = [];
        HashSet<ulong> onWholeLanes = [];
        foreach (Passage passage in proxy.Passages)
        {
            IReadOnlyList<ulong> carried = passage.Carried(fromDialer);
            Assert.Equal(carried.Count, carried.Distinct().Count());
            foreach (ulong number in carried)
            {
                sent[number] = sent.GetValueOrDefault(number) + 1;
                Assert.True(passage.WasCut || onWholeLanes.Add(number), $"frame {number} was sent again although its lane was not cut");
            }
        }

        Postbox postbox = receiver.Postbox;
        ILookup<ulong, ulong> thrownAway = postbox.ThrownAway.ToLookup(number => number);
        for (ulong number = first; number < first + (ulong)frames; number++)
        {
            int arrived = postbox.Arrived[number];
            Assert.InRange(arrived + thrownAway[number].Count(), 1, sent[number]);
            if (lanes == 1) Assert.Equal(1, arrived);
        }
    }

    /// <summary>What fails says how to play it again.</summary>
    private static void Seeded(int seed, Action test)
    {
        if (Record.Exception(test) is { } failure) throw new XunitException($"with seed {seed}: {failure.Message}", failure);
    }
}
