using System.Runtime.InteropServices;
using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Conformance;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Tcp;

/// <summary>Probes of a real link, on a machine that passes for two that are far apart. Its clients refuse what is none of theirs.</summary>
public sealed unsafe class ProbeOverTcpTests
{
    private const int TestLimitMs = 120_000, ProbeMs = 2000;

    private static readonly LaneSettings _oneLane = new() { NearMicroseconds = 0, ReconnectMs = 10_000 };
    private static readonly LaneSettings _manyLanes = _oneLane with { MostLanes = 20 };

    [Theory(Timeout = TestLimitMs)]
    [InlineData(false)]
    [InlineData(true)]
    public Task ALinkIsMeasuredAndNothingIsLeftOver(bool many) => Task.Run(() =>
    {
        using Pair pair = Pair.OverTcp(many ? _manyLanes : _oneLane).UntilUp();
        int busy = pair.First.OnLoop(() => pair.First.Loop.Busy);
        double rate = Probe(pair.First, pair.ToSecond);
        Assert.True(rate > 1e6, $"{rate} bytes a second over the loopback");
        LinkState state = pair.First.OnLoop(() => pair.ToSecond.State);
        Assert.True(state.IsFar);
        Assert.InRange(state.Rate, rate * 0.999, double.MaxValue);
        Assert.Equal(busy, pair.First.OnLoop(() => pair.First.Loop.Busy));
        pair.First.Until(() => !pair.ToSecond.HasUnsent, "all that was sent has left");

        // And back, where the lanes that it has opened are those that there are.
        Assert.True(Probe(pair.Second, pair.ToFirst) > 1e6);
        foreach (Member member in new[] { pair.First, pair.Second })
        {
            Assert.Equal(many ? LinkProbe.Lanes : 1, member.OnLoop(() => member.Network.Counters.OpenLanes));
            Assert.Equal((0, 0), member.OnLoop(() => (member.Postbox.Placed, member.Postbox.Downs)));
            Assert.Empty(member.OnLoop(() => member.Postbox.Lost));
            member.CheckBooks();
        }
    });

    [Fact(Timeout = TestLimitMs)]
    public Task TrafficGoesOnDuringAProbe() => Task.Run(() =>
    {
        const int frames = 4000;
        using Pair pair = Pair.OverTcp(_manyLanes).UntilUp();
        int measured = 0;
        pair.First.OnLoop(() =>
        {
            pair.ToSecond.Probe(ProbeMs, _ => measured++);
            pair.First.Postbox.Send(pair.ToSecond, 1_000_000, frames);
        });
        pair.Second.OnLoop(() => pair.Second.Postbox.Send(pair.ToFirst, 2_000_000, frames));
        foreach (Member member in new[] { pair.First, pair.Second })
        {
            member.Until(() => member.Postbox.Arrived.Count == frames, "all frames arrive");
            member.CheckBooks();
            Assert.All(member.OnLoop(() => member.Postbox.Arrived.Values.ToArray()), times => Assert.Equal(1, times));
        }

        pair.First.Until(() => measured == 1, "the probe ends");
    });

    /// <summary>On one lane, what has come before the last letter was sent before it.</summary>
    [Fact(Timeout = TestLimitMs)]
    public Task FramesThatMeanSomethingGoFirst() => Task.Run(() =>
    {
        const int letters = 600, bytes = Letters.MaxBytes;
        const ulong number = 77;
        using Pair pair = Pair.OverTcp(_oneLane).UntilUp();
        byte* memory = (byte*)NativeMemory.Alloc(bytes);
        object owner = new();
        long received = 0;
        int measured = 0;
        pair.Second.OnLoop(() => pair.Second.Postbox.OnArrive = (link, _) =>
        {
            if (pair.Second.Postbox.Arrived[number] == letters) received = link.State.RxBytes;
        });
        pair.First.OnLoop(() =>
        {
            pair.ToSecond.Probe(ProbeMs, _ => measured++);
            for (int i = 0; i < letters; i++) pair.First.Postbox.Post(pair.ToSecond, number, memory, bytes, owner);
        });
        pair.Second.Until(() => received > 0, "all letters arrive");
        Assert.InRange(received, letters * (long)bytes, letters * (bytes + 1000L));
        pair.First.Until(() => measured == 1, "the probe ends");
        pair.First.CheckBooks();
        NativeMemory.Free(memory);
    });

    [Fact(Timeout = TestLimitMs)]
    public Task AProbeThatIsUnderWayIsNotBegunAgain() => Task.Run(() =>
    {
        using Pair pair = Pair.OverTcp(_oneLane).UntilUp();
        int first = 0, second = 0;
        pair.First.OnLoop(() =>
        {
            pair.ToSecond.Probe(ProbeMs, _ => first++);
            pair.ToSecond.Probe(ProbeMs, _ => second++);
        });
        pair.First.Until(() => first > 0, "the probe ends");
        Probe(pair.First, pair.ToSecond);
        Assert.Equal((1, 0), pair.First.OnLoop(() => (first, second)));
    });

    [Fact(Timeout = TestLimitMs)]
    public Task ALinkThatIsClosedEndsItsProbe() => Task.Run(() =>
    {
        using Pair pair = Pair.OverTcp(_manyLanes).UntilUp();
        (int Before, int During, int After) busy = default;
        int measured = 0;
        pair.First.OnLoop(() =>
        {
            busy.Before = pair.First.Loop.Busy;
            pair.ToSecond.Probe(ProbeMs, _ => measured++);
            busy.During = pair.First.Loop.Busy;
            pair.First.Network.Close(pair.ToSecond);
            busy.After = pair.First.Loop.Busy;
        });
        Assert.Equal(1, measured);
        Assert.Equal((busy.Before + 1, busy.Before), (busy.During, busy.After));
    });

    [Fact(Timeout = TestLimitMs)]
    public Task ALinkThatIsNotConnectedCarriesNothing() => Task.Run(() =>
    {
        using Member alone = Member.OverTcp(Pair.Id(1), _oneLane);
        double measured = -1;
        alone.OnLoop(() => alone.Network.Open(Pair.Id(2), "127.0.0.1", 1).Probe(ProbeMs, rate => measured = rate));
        Assert.Equal(0, measured);
    });

    private static double Probe(Member member, ILink link)
    {
        double measured = -1;
        member.OnLoop(() => link.Probe(ProbeMs, rate => measured = rate));
        member.Until(() => measured >= 0, "the probe ends");
        return measured;
    }
}
