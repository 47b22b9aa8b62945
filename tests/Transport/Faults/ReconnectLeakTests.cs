using Collectives.Transport.Handshake;
using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Conformance;

namespace Collectives.Transport.Tests.Faults;

/// <summary>Links that come and go leave the process as it was.</summary>
[Collection("alone")]
public sealed class ReconnectLeakTests
{
    private const int WarmUp = 50, Cycles = 1000;

    /// <summary>A lane has some 20 KiB of memory of its own, so a thousand lost ones would show.</summary>
    private const long NativeLimit = 4 << 20;

    [Fact(Timeout = 120_000)]
    public Task AThousandLinksLeaveDescriptorsThreadsAndMemoryTheSame() => Task.Run(() =>
    {
        using Pair pair = Pair.OverTcp(new LaneSettings()).UntilUp();
        pair.First.Postbox.SizeOf = _ => 3000;
        ILink toSecond = pair.ToSecond, toFirst = pair.ToFirst;
        Compare(count =>
        {
            for (int i = 0; i < count; i++)
            {
                // In the middle of letters: what is on the way, at both ends, is given back.
                pair.First.OnLoop(() => pair.First.Postbox.Send(toSecond, 0, 10));
                pair.First.OnLoop(() => pair.First.Network.Close(toSecond));
                pair.Second.OnLoop(() => pair.Second.Network.Close(toFirst));
                toFirst = pair.Second.Open(pair.First);
                toSecond = pair.First.Open(pair.Second);
                pair.First.Until(() => toSecond.IsConnected, "the first end is connected");
                pair.Second.Until(() => toFirst.IsConnected, "the second end is connected");
            }

            pair.First.OnLoop(pair.First.Postbox.Forget);
        });
        pair.First.CheckBooks();
        pair.Second.CheckBooks();
        Assert.Equal(1, pair.First.OnLoop(() => pair.First.Network.Counters.OpenLanes));
    });

    [Fact(Timeout = 120_000)]
    public Task AThousandBrokenLanesLeaveDescriptorsThreadsAndMemoryTheSame() => Task.Run(() =>
    {
        using Pair pair = Pair.OverTcp(new LaneSettings { ReconnectMs = 60_000 }).UntilUp();
        int port = pair.Second.Network.Port;
        Compare(count =>
        {
            for (int i = 0; i < count; i++)
            {
                // Each takes the lane over from the one before, which breaks it in the middle of its life at both ends.
                using Stranger lane = Stranger.At(port);
                Assert.True(lane.Shake(Hello.ToPeer(0, 0, Pair.Id(1), Pair.Id(2), 0, 1), Member.Token).Fault.IsNone);
            }
        });
        pair.First.OnLoop(() => pair.First.Postbox.Send(pair.ToSecond, 0, 100));
        pair.Second.Until(() => pair.Second.Postbox.Arrived.Count == 100, "letters arrive afterwards");
        pair.First.CheckBooks();
    });

    private static void Compare(Action<int> cycles)
    {
        // While the link is up; at the end of the cycles it may be between two lanes.
        int descriptors = Resources.Descriptors, threads = Resources.ThreadsNamed("test-progress");
        cycles(WarmUp);
        long native = Resources.NativeBytes;
        cycles(Cycles);
        // The last connections may still be closing, or being made.
        Assert.True(SpinWait.SpinUntil(() => Resources.Descriptors <= descriptors, 30_000), $"{Resources.Descriptors} descriptors are open, {descriptors} were before");
        Assert.Equal(threads, Resources.ThreadsNamed("test-progress"));
        Assert.True(SpinWait.SpinUntil(() => Resources.NativeBytes - native < NativeLimit, 30_000), $"{Resources.NativeBytes - native} bytes are left");
    }
}
