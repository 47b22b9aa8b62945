using Collectives.Transport.Handshake;
using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Conformance;

namespace Collectives.Transport.Tests.Faults;

/// <summary>Callers that cannot be accepted wait; they do not keep the processor busy.</summary>
public sealed class OutOfDescriptorsTests
{
    private const int Callers = 20;

    [Fact]
    public void CallersWaitWithoutCostAndAreServedLater() => ChildProcess.Run(typeof(OutOfDescriptorsTests));

    internal static void Scenario()
    {
        // Once with descriptors, so that the runtime has opened whatever it wants for this.
        Play(action => action());
        Play(Resources.WithoutDescriptors);
    }

    private static void Play(Action<Action> run)
    {
        using Pair pair = Pair.OverTcp(new LaneSettings { HandshakeMs = 60_000 }).UntilUp();
        int thread = pair.Second.LoopThread();
        Stranger[] callers = [.. Enumerable.Range(0, Callers).Select(_ => new Stranger())];
        TimeSpan used = default;
        run(() =>
        {
            foreach (Stranger caller in callers) caller.Connect(pair.Second.Network.Port);
            used = Resources.ProcessorTimeOver(400, thread);
            // What is connected goes on.
            pair.First.OnLoop(() => pair.First.Postbox.Send(pair.ToSecond, 0, 100));
            pair.Second.Until(() => pair.Second.Postbox.Arrived.Count == 100, "frames arrive");
        });
        Assert.True(used < TimeSpan.FromMilliseconds(80), $"the loop used {used.TotalMilliseconds} of 400 ms while it could not accept anybody");

        foreach (Stranger caller in callers)
        {
            Hello hello = Hello.ToPeer(0, 0, Pair.Id(9), Pair.Id(2), 0, 1);
            Assert.Equal(RefusalCode.TryAgain, caller.Shake(hello, Member.Token).Refusal);
            caller.ExpectClosed();
            caller.Dispose();
        }

        pair.First.CheckBooks();
    }
}
