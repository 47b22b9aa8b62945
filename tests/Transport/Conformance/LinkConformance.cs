using Collectives.Transport.Memory;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Conformance;

/// <summary>What ILink, ILinkClient and INetwork promise, asked of every transport.</summary>
public abstract unsafe class LinkConformance
{
    private const int TestLimitMs = 120_000;

    /// <summary>Enough to fill every buffer between two ends several times over.</summary>
    private const int FloodFrames = 24;

    private protected abstract Pair Connect();

    [Fact(Timeout = TestLimitMs)]
    public Task TheLinkComesUpAtBothEndsOnce() => Task.Run(() =>
    {
        using Pair pair = Connect().UntilUp();
        foreach ((Member member, ILink link) in new[] { (pair.First, pair.ToSecond), (pair.Second, pair.ToFirst) })
        {
            Assert.True(member.OnLoop(() => link.IsConnected));
            Assert.Equal(1, member.OnLoop(() => member.Postbox.Ups));
            Assert.Same(link, member.OnLoop(() => member.Network.Open(link.Peer, "127.0.0.1", 1)));
        }

        Assert.Equal(pair.Second.Id, pair.ToSecond.Peer);
    });

    [Fact(Timeout = TestLimitMs)]
    public Task TenThousandFramesEachWayArriveOnce() => Task.Run(() =>
    {
        const int frames = 10_000;
        using Pair pair = Connect().UntilUp();
        pair.First.OnLoop(() => pair.First.Postbox.Send(pair.ToSecond, 1_000_000, frames));
        pair.Second.OnLoop(() => pair.Second.Postbox.Send(pair.ToFirst, 2_000_000, frames));
        foreach (Member member in new[] { pair.First, pair.Second })
        {
            member.Until(() => member.Postbox.Arrived.Count == frames, "all frames arrive");
            member.CheckBooks();
            Assert.All(member.OnLoop(() => member.Postbox.Arrived.Values.ToArray()), times => Assert.Equal(1, times));
            Assert.Equal(frames, member.OnLoop(() => member.Postbox.Placed));
        }
    });

    [Fact(Timeout = TestLimitMs)]
    public Task NothingIsUnsentWhenEverythingHasLeft() => Task.Run(() =>
    {
        using Pair pair = Connect().UntilUp();
        using (Blocked second = new(pair.Second))
        {
            pair.First.OnLoop(() => Flood(pair, new object(), second.Memory));
            Assert.True(pair.First.OnLoop(() => pair.ToSecond.HasUnsent));
            second.Release();
            pair.First.Until(() => !pair.ToSecond.HasUnsent, "everything has left");
            pair.Second.Until(() => pair.Second.Postbox.Arrived.Count == FloodFrames, "everything arrives");
        }

        pair.First.CheckBooks();
    });

    [Fact(Timeout = TestLimitMs)]
    public Task MemoryAbandonedWhileItIsSentIsNotReadAgain() => Task.Run(() =>
    {
        using Pair pair = Connect().UntilUp();
        using Blocked second = new(pair.Second);
        object owner = new();
        // The link fills what it can at the end of the message; the frame after that is in the middle of leaving.
        pair.First.OnLoop(() => Flood(pair, owner, second.Memory));
        pair.First.OnLoop(() =>
        {
            pair.First.Postbox.Abandon(pair.ToSecond, owner);
            new Span<byte>(second.Memory, FrameHeader.MaxPayload).Fill(0xAB);
            pair.First.Postbox.Send(pair.ToSecond, 900, 1);
        });
        second.Release();
        pair.Second.Until(() => pair.Second.Postbox.Arrived.ContainsKey(900), "a letter sent after the abandoned ones arrives");
        pair.First.CheckBooks();
        pair.Second.CheckBooks();
        Assert.True(pair.Second.OnLoop(() => pair.Second.Postbox.Arrived.Count) <= FloodFrames, "frames that had not begun to leave were sent");
    });

    [Fact(Timeout = TestLimitMs)]
    public Task MemoryAbandonedWhileItIsReceivedIsNotWrittenAgain() => Task.Run(() =>
    {
        const int frames = 300;
        const byte mark = 0x5A;
        using Pair pair = Connect().UntilUp();
        Postbox postbox = pair.Second.Postbox;
        byte* memory = NativeBlock.Allocate(FrameHeader.MaxPayload);
        object owner = new();
        bool abandoned = false;
        // One letter at a time is received into the memory, whatever the number of lanes.
        ulong? receiving = null;
        postbox.OnPlace = (_, header) =>
        {
            if (header.Operation % 3 != 0 || header.Length == 0) return null;
            if (abandoned) return Placement.Discard;
            if (receiving is not null) return null;
            receiving = header.Operation;
            return new Placement { Destination = memory, Bytes = header.Length, Owner = owner, Lease = OutgoingFrame.NoLease };
        };
        postbox.OnArrive = (_, header) => receiving = receiving == header.Operation ? null : receiving;
        pair.First.Postbox.SizeOf = _ => Letters.MaxBytes;
        pair.First.OnLoop(() => pair.First.Postbox.Send(pair.ToSecond, 3000, frames));
        pair.Second.Until(() => postbox.Placed >= 20, "frames are being received");
        pair.Second.OnLoop(() =>
        {
            abandoned = true;
            postbox.Abandon(pair.ToFirst, owner);
            new Span<byte>(memory, FrameHeader.MaxPayload).Fill(mark);
        });
        pair.Second.Until(() => postbox.Arrived.Count + postbox.ThrownAway.Count == frames, "the other frames arrive");
        Assert.Equal(-1, new Span<byte>(memory, FrameHeader.MaxPayload).IndexOfAnyExcept(mark));
        pair.First.CheckBooks();
        pair.Second.CheckBooks();
        NativeBlock.Free(memory);
    });

    [Fact(Timeout = TestLimitMs)]
    public Task TwoThatAbandonWhileTheyPlaceDoNotWaitForEachOther() => Task.Run(() =>
    {
        const int frames = 3000;
        using Pair pair = Connect().UntilUp();
        foreach ((Member member, ILink _) in Ends(pair))
        {
            member.Postbox.SizeOf = _ => 64;
            // What an operation does that meets a call unlike its own: it gives up all that it has on the way.
            member.Postbox.OnPlace = (link, _) =>
            {
                link.Abandon(member.Postbox);
                return null;
            };
        }

        foreach ((Member member, ILink link) in Ends(pair)) member.OnLoop(() => member.Postbox.Send(link, 0, frames));
        foreach ((Member member, ILink _) in Ends(pair))
        {
            member.Until(() => member.Postbox.Taken == frames, "every frame is fetched");
            member.CheckBooks();
        }
    });

    [Fact(Timeout = TestLimitMs)]
    public Task ARefusedPlacementCostsNoMoreThanTheLink() => Task.Run(() =>
    {
        using Pair pair = Connect().UntilUp();
        bool refused = false;
        pair.Second.Postbox.OnPlace = (_, header) =>
        {
            if (header.Operation != 50 || refused) return null;
            refused = true;
            return Placement.Refuse("the test refuses letter 50");
        };
        pair.First.OnLoop(() => pair.First.Postbox.Send(pair.ToSecond, 0, 100));
        Postbox postbox = pair.Second.Postbox;
        // A transport that makes lanes again delivers the rest; one that cannot says that the link is lost, and why.
        pair.Second.Until(() => postbox.Lost.Count > 0 || postbox.Arrived.Count == 100, "the link is lost, or the rest arrives");
        Assert.All(pair.Second.OnLoop(() => postbox.Lost.ToArray()), lost => Assert.Contains("letter 50", lost.Fault.Message));
        if (postbox.Lost.Count > 0) pair.First.Until(() => pair.First.Postbox.Lost.Count > 0, "the other end notices");
        pair.First.CheckBooks();
        pair.Second.CheckBooks();
        Assert.True(refused);
    });

    [Fact(Timeout = TestLimitMs)]
    public Task AClosedLinkIsNoticedAtTheOtherEndAndReturnsEverything() => Task.Run(() =>
    {
        using Pair pair = Connect().UntilUp();
        pair.First.Postbox.SizeOf = _ => Letters.MaxBytes;
        pair.First.OnLoop(() => pair.First.Postbox.Send(pair.ToSecond, 0, 200));
        pair.Second.Until(() => pair.Second.Postbox.Placed > 3, "frames are on their way");
        pair.First.OnLoop(() =>
        {
            pair.First.Network.Close(pair.ToSecond);
            Assert.False(pair.ToSecond.IsUp);
            Assert.False(pair.ToSecond.HasUnsent);
            // Closing returned all at once; nothing of this link is called later.
            Assert.Equal(pair.First.Postbox.Taken, pair.First.Postbox.Retired);
            Assert.Equal(0, pair.First.Postbox.Outgoing.Leased);
        });
        pair.Second.Until(() => pair.Second.Postbox.Downs + pair.Second.Postbox.Lost.Count > 0, "the other end notices");
        pair.Second.CheckBooks();
        Assert.Equal(0, pair.First.OnLoop(() => pair.First.Postbox.Downs + pair.First.Postbox.Lost.Count));
        Assert.Equal(0, pair.First.OnLoop(() => pair.First.Network.Counters.OpenLanes));
    });

    private static (Member, ILink)[] Ends(Pair pair) => [(pair.First, pair.ToSecond), (pair.Second, pair.ToFirst)];

    /// <summary>Frames from the same memory; letters whose numbers are multiples of 65536 hold the same.</summary>
    private static void Flood(Pair pair, object owner, byte* memory)
    {
        for (int i = 0; i < FloodFrames; i++) pair.First.Postbox.Post(pair.ToSecond, (ulong)i << 16, memory, FrameHeader.MaxPayload, owner);
    }

    /// <summary>A member whose loop stands still, so that what is sent to it stays on the way.</summary>
    private sealed class Blocked : IDisposable
    {
        private readonly ManualResetEventSlim _released = new();
        private readonly ManualResetEventSlim _standing = new();
        private readonly Thread _thread;

        public Blocked(Member member)
        {
            _thread = new Thread(() => member.OnLoop(() =>
            {
                _standing.Set();
                _released.Wait(TestLimitMs);
            }));
            _thread.Start();
            _standing.Wait(TestLimitMs);
        }

        /// <summary>Memory of the sender's, as large as a frame may be.</summary>
        public byte* Memory { get; } = NativeBlock.Allocate(FrameHeader.MaxPayload);

        public void Release()
        {
            _released.Set();
            _thread.Join();
        }

        public void Dispose()
        {
            Release();
            NativeBlock.Free(Memory);
        }
    }
}
