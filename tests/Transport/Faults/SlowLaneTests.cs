using Collectives.Transport.Tcp;

namespace Collectives.Transport.Tests.Faults;

/// <summary>A lane that carries nothing for a while, without being broken: what it holds arrives over the others.</summary>
public sealed class SlowLaneTests
{
    private const int TestLimitMs = 120_000;
    private const ulong ToSecond = 1_000_000, ToFirst = 2_000_000;
    private const int Frames = 3000;

    private static readonly LaneSettings _settings = new() { LanesPerLink = 4, NearMicroseconds = 0, ReconnectMs = 60_000 };

    [Theory(Timeout = TestLimitMs)]
    [InlineData(0)]
    [InlineData(2)]
    public Task WhatALaneHoldsBackArrivesOverTheOthers(int held) => Task.Run(() =>
    {
        using Proxied link = new(_settings, _ => null);
        Conformance.Pair pair = link.Pair.UntilUp();
        Send(pair, 0);
        Until(pair, Frames);

        link.Proxy.Passages[held].IsHeld = true;
        Send(pair, Frames);
        Until(pair, 2 * Frames);
        Assert.False(link.Proxy.Passages[held].WasCut);

        link.Proxy.Passages[held].IsHeld = false;
        Send(pair, 2 * Frames);
        Until(pair, 3 * Frames);
        pair.First.CheckBooks();
        pair.Second.CheckBooks();
        Assert.Equal(4, pair.First.OnLoop(() => pair.First.Network.Counters.OpenLanes));
    });

    [Fact(Timeout = TestLimitMs)]
    public Task ALaneThatIsHeldAndThenCutLosesNothing() => Task.Run(() =>
    {
        using Proxied link = new(_settings, _ => null);
        Conformance.Pair pair = link.Pair.UntilUp();
        Send(pair, 0);
        Until(pair, Frames);
        for (int round = 1; round <= 4; round++)
        {
            Passage held = link.Proxy.Passages[^(1 + round % 4)];
            held.IsHeld = true;
            Send(pair, round * Frames);
            // Now and then before the others have it all, now and then after that.
            Thread.Sleep(15 * round * round);
            held.Dispose();
            Until(pair, (round + 1) * Frames);
        }

        pair.First.CheckBooks();
        pair.Second.CheckBooks();
    });

    private static void Send(Conformance.Pair pair, int from)
    {
        pair.First.OnLoop(() => pair.First.Postbox.Send(pair.ToSecond, ToSecond + (ulong)from, Frames));
        pair.Second.OnLoop(() => pair.Second.Postbox.Send(pair.ToFirst, ToFirst + (ulong)from, Frames));
    }

    private static void Until(Conformance.Pair pair, int frames)
    {
        pair.First.Until(() => pair.First.Postbox.Arrived.Count == frames, "all frames to the first arrive");
        pair.Second.Until(() => pair.Second.Postbox.Arrived.Count == frames, "all frames to the second arrive");
    }
}
