using System.Net;
using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Conformance;
using Collectives.Transport.Tests.Faults;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Tcp;

/// <summary>Either end of a link may open it, and both may try at once.</summary>
public sealed class EitherEndTests
{
    private const int TestLimitMs = 120_000;

    [Theory(Timeout = TestLimitMs)]
    [InlineData(1, true)]
    [InlineData(4, true)]
    [InlineData(1, false)]
    [InlineData(4, false)]
    public Task AMemberThatNobodyReachesDialsOut(int lanes, bool firstIsReachable) => Task.Run(() =>
    {
        using Two two = new(new LaneSettings { LanesPerLink = lanes }, firstIsReachable ? null : Two.ClosedPort, firstIsReachable ? Two.ClosedPort : null);
        two.UntilUp(lanes);
        two.Exchange(200);
    });

    [Fact(Timeout = TestLimitMs)]
    public Task AMemberBehindALineThatSwallowsDialsOut() => Task.Run(() =>
    {
        using CuttingProxy swallows = new(IPAddress.Loopback, Two.ClosedPort, _ => null) { IsSilent = true };
        using Two two = new(new LaneSettings { HandshakeMs = 60_000 }, portOfFirst: null, portOfSecond: swallows.Port);
        two.UntilUp(1);
        two.Exchange(20);
        Assert.True(SpinWait.SpinUntil(() => swallows.Passages.All(passage => passage.HasEnded), TimeSpan.FromSeconds(20)), "the other end goes on dialling");
    });

    /// <summary>Without a wait both ends dial as soon as they have no lane: every order of hellos, proofs and welcomes comes up.</summary>
    [Theory(Timeout = TestLimitMs)]
    [InlineData(1)]
    [InlineData(3)]
    public Task TwoThatDialAtOnceEndWithOneSetOfLanes(int lanes) => Task.Run(() =>
    {
        using Two two = new(new LaneSettings { LanesPerLink = lanes, OtherEndMs = 0 });
        for (int round = 0; round < 60; round++)
        {
            two.UntilUp(lanes);
            two.Exchange(5);
            Assert.NotEqual(two.First.OnLoop(() => two.ToSecond.Dials), two.Second.OnLoop(() => two.ToFirst.Dials));
            Assert.Equal(lanes, two.First.OnLoop(() => two.First.Network.Counters.OpenLanes));
            Assert.Equal(lanes, two.Second.OnLoop(() => two.Second.Network.Counters.OpenLanes));
            two.OpenAgain(both: round % 2 == 0);
        }
    });

    [Fact(Timeout = TestLimitMs)]
    public Task WhoeverHasOpenedALinkOpensItAgain() => Task.Run(() =>
    {
        Member first = Member.OverTcp(Pair.Id(1), new LaneSettings());
        using CuttingProxy cuts = new(IPAddress.Loopback, first.Network.Port, passage => passage < 3 ? new Cut(FromDialer: true, CutPlace.BetweenFrames, Number: 1) : null);
        using Two two = new(new LaneSettings(), portOfFirst: cuts.Port, portOfSecond: Two.ClosedPort, first: first);
        two.UntilUp(1);
        two.Exchange(300);
        Assert.Equal(4, cuts.Passages.Count);
        Assert.True(two.Second.OnLoop(() => two.ToFirst.Dials));
    });

    [Fact(Timeout = TestLimitMs)]
    public Task TheOtherEndDialsWhereTheDialerNoLongerCan() => Task.Run(() =>
    {
        LaneSettings settings = new() { HandshakeMs = 60_000, ReconnectMs = 60_000 };
        Member second = Member.OverTcp(Pair.Id(2), settings);
        using CuttingProxy cuts = new(IPAddress.Loopback, second.Network.Port, _ => new Cut(FromDialer: true, CutPlace.BetweenFrames, Number: 1));
        using Two two = new(settings, portOfFirst: null, portOfSecond: cuts.Port, second: second);
        two.UntilUp(1);
        Assert.True(two.First.OnLoop(() => two.ToSecond.Dials));
        cuts.IsSilent = true;
        two.Exchange(100);
        Assert.True(two.Second.OnLoop(() => two.ToFirst.Dials));
        Assert.False(two.First.OnLoop(() => two.ToSecond.Dials));
    });

    [Fact(Timeout = TestLimitMs)]
    public Task AnEndThatWasDialledGetsMoreLanesWhenItAsks() => Task.Run(() =>
    {
        using Two two = new(new LaneSettings { MostLanes = 8 }, portOfFirst: null, portOfSecond: Two.ClosedPort);
        two.UntilUp(1);
        two.Second.OnLoop(() => two.ToFirst.PeerWishes(4));
        two.First.Until(() => two.First.Network.Counters.OpenLanes == 4, "the other end dials what was asked for");
    });
}
