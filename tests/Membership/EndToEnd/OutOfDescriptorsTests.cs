using System.Net;
using System.Net.Sockets;
using Collectives.Membership.Server;
using Collectives.Transport;
using Collectives.Transport.Handshake;
using Collectives.Transport.Tests.Faults;

namespace Collectives.Membership.Tests.EndToEnd;

/// <summary>Callers that a coordinator cannot accept wait; they do not keep the processor busy.</summary>
public sealed class OutOfDescriptorsTests
{
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
        using CoordinatorServer server = Coordinators.Start();
        using Member member = Member.Join($"127.0.0.1:{server.Port}", 1);
        member.BecomeActive().Wait();
        int thread = Resources.ThreadNamed("coll-coordinato");
        Socket[] callers = [.. Enumerable.Range(0, 20).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000 })];
        TimeSpan used = default;
        run(() =>
        {
            foreach (Socket caller in callers) caller.Connect(IPAddress.Loopback, server.Port);
            used = Resources.ProcessorTimeOver(400, thread);
        });
        Assert.True(used < TimeSpan.FromMilliseconds(80), $"the coordinator used {used.TotalMilliseconds} of 400 ms while it could not accept anybody");

        // Any answer shows that the caller was accepted.
        byte[] hello = new byte[Hello.ByteCount];
        Hello.ToCoordinator(0, 0, MemberId.Draw()).Write(hello);
        foreach (Socket caller in callers)
        {
            caller.Send(hello);
            Assert.True(caller.Receive(new byte[1]) > 0, "the caller was not accepted");
            caller.Dispose();
        }

        Assert.True(member.Session.IsAttached);
    }
}
