using Collectives.Transport.Handshake;
using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Conformance;
using Collectives.Transport.Tests.Faults;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Tcp;

/// <summary>Two members that can't reach each other, and others that both reach.</summary>
public sealed class RelayTests
{
    private const int TestLimitMs = 120_000;

    [Theory(Timeout = TestLimitMs)]
    [InlineData(1)]
    [InlineData(4)]
    public Task LettersGetThroughBothWaysOnAllLanes(int lanes) => Task.Run(() =>
    {
        using Apart apart = new(new LaneSettings { LanesPerLink = lanes }, relays: 1);
        apart.GoThrough(0);
        apart.UntilUp(lanes);
        apart.Exchange(500);
        Assert.EndsWith(", relayed", apart.First.OnLoop(() => apart.ToSecond.State.CongestionControl));
        Assert.True(apart.First.OnLoop(() => apart.ToSecond.Dials));
        Assert.False(apart.Second.OnLoop(() => apart.ToFirst.Dials));
    });

    [Fact(Timeout = TestLimitMs)]
    public Task TheOtherEndGetsMoreLanesWhenItAsks() => Task.Run(() =>
    {
        using Apart apart = new(new LaneSettings { MostLanes = 8 }, relays: 1);
        apart.GoThrough(0);
        apart.UntilUp(1);
        apart.First.OnLoop(() => apart.ToSecond.PeerWishes(4));
        apart.UntilUp(4);
        apart.Exchange(100);
    });

    [Fact(Timeout = TestLimitMs)]
    public Task ARelayThatDiesIsReplacedAndNothingIsLost() => Task.Run(() =>
    {
        using Apart apart = new(new LaneSettings { LanesPerLink = 2, ReconnectMs = 200 }, relays: 2);
        apart.GoThrough(0);
        apart.UntilUp(2);
        apart.Exchange(100);
        apart.Relays[0].OnLoop(apart.Relays[0].Network.Dispose);
        apart.First.OnLoop(() => apart.First.Postbox.Send(apart.ToSecond, 900_000, 200));
        foreach (Member member in apart.Ends) member.Until(() => member.Postbox.Lost.Count == 1, "the link is lost");
        Assert.Contains($"the relay, member {apart.Relays[0].Id}", apart.First.OnLoop(() => apart.First.Postbox.Lost[0].Fault.Message));
        apart.GoThrough(1);
        apart.UntilUp(2);
        apart.Second.Until(() => apart.Second.Postbox.Arrived.ContainsKey(900_199), "what waited arrives");
        apart.Exchange(100);
    });

    [Fact(Timeout = TestLimitMs)]
    public Task ARelayThatIsNamedBeforeTheOldOneIsGoneTakesOver() => Task.Run(() =>
    {
        using Apart apart = new(new LaneSettings { LanesPerLink = 2, ReconnectMs = 60_000 }, relays: 2);
        apart.GoThrough(0);
        apart.UntilUp(2);
        apart.GoThrough(1);
        apart.Exchange(20);
        apart.Relays[0].OnLoop(apart.Relays[0].Network.Dispose);
        apart.Exchange(100);
        apart.UntilUp(2);
        Assert.Equal(apart.Relays[1].Id, apart.Second.OnLoop(() => apart.ToFirst.Through!.Value.Member));
    });

    [Fact(Timeout = TestLimitMs)]
    public Task ALinkThatComesAboutDirectlyIsRelayedNoLonger() => Task.Run(() =>
    {
        using Apart apart = new(new LaneSettings(), relays: 1, secondIsReachable: true);
        // The relay does not know of it.
        apart.First.OnLoop(() => apart.First.Network.Relay(apart.ToSecond, apart.Relays[0].Id, "127.0.0.1", apart.Relays[0].Network.Port));
        apart.UntilUp(1);
        Assert.Null(apart.First.OnLoop(() => apart.ToSecond.Through));
        apart.Exchange(10);
    });

    [Fact(Timeout = TestLimitMs)]
    public Task WhoIsNoneOfThePairIsTurnedAway() => Task.Run(() =>
    {
        using Apart apart = new(new LaneSettings(), relays: 1);
        Member relay = apart.Relays[0];
        relay.OnLoop(() => relay.Network.AllowRelay(apart.First.Id, apart.Second.Id));
        foreach ((MemberId from, MemberId to) in new[] { (Pair.Id(9), apart.Second.Id), (apart.First.Id, Pair.Id(9)), (Pair.Id(8), Pair.Id(9)) })
        {
            using Stranger stranger = Stranger.At(relay.Network.Port);
            Assert.Equal(RefusalCode.TryAgain, stranger.Shake(Hello.ToRelay(0, from, relay.Id, to), Member.Token).Refusal);
            stranger.ExpectClosed();
        }

        using Stranger other = Stranger.At(relay.Network.Port);
        Assert.Equal(RefusalCode.None, other.Shake(Hello.ToRelay(0, apart.First.Id, relay.Id, apart.Second.Id), Member.Token).Refusal);
        relay.OnLoop(() => relay.Network.RetainRelays(member => member != apart.Second.Id));
        other.ExpectClosed();
    });

    [Fact(Timeout = TestLimitMs)]
    public Task ConnectionsThatWaitAreBounded() => Task.Run(() =>
    {
        using Apart apart = new(new LaneSettings(), relays: 1);
        Member relay = apart.Relays[0];
        relay.OnLoop(() => relay.Network.AllowRelay(apart.First.Id, apart.Second.Id));
        List<Stranger> waiting = [];
        for (int taken = 0; taken <= 2 * Hello.MaxLanes; taken++)
        {
            waiting.Add(Stranger.At(relay.Network.Port));
            RefusalCode refusal = waiting[^1].Shake(Hello.ToRelay(0, apart.First.Id, relay.Id, apart.Second.Id), Member.Token).Refusal;
            Assert.Equal(taken < 2 * Hello.MaxLanes ? RefusalCode.None : RefusalCode.TryAgain, refusal);
        }

        foreach (Stranger one in waiting) one.Dispose();
    });

    /// <summary>The second does not reach the first, nor as a rule the first the second.</summary>
    private sealed class Apart : Two
    {
        public Apart(LaneSettings settings, int relays, bool secondIsReachable = false)
            : base(settings, ClosedPort, secondIsReachable ? null : ClosedPort) =>
            Relays = [.. Enumerable.Range(0, relays).Select(i => Member.OverTcp(Pair.Id(3 + (ulong)i), settings))];

        public Member[] Relays { get; }

        /// <summary>What the coordinator says to the three, in some order.</summary>
        public void GoThrough(int relay)
        {
            Member through = Relays[relay];
            First.OnLoop(() => First.Network.Relay(ToSecond, through.Id, "127.0.0.1", through.Network.Port));
            through.OnLoop(() => through.Network.AllowRelay(First.Id, Second.Id));
            Second.OnLoop(() => Second.Network.Relay(ToFirst, through.Id, "127.0.0.1", through.Network.Port));
        }

        public override void Dispose()
        {
            base.Dispose();
            foreach (Member relay in Relays) relay.Dispose();
        }
    }
}
