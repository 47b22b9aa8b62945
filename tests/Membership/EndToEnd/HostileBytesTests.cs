using System.Buffers.Binary;
using System.Net.Sockets;
using Collectives.Membership.Messages;
using Collectives.Membership.Server;
using Collectives.Transport.Handshake;
using Collectives.Transport.Tests.Faults;

namespace Collectives.Membership.Tests.EndToEnd;

/// <summary>Strangers on the coordinator's port, while a real group forms and works undisturbed.</summary>
[Collection("alone")]
public sealed class HostileBytesTests
{
    [Fact(Timeout = 120_000)]
    public async Task AGroupFormsAmongStrangersAndMemoryStaysBounded()
    {
        using CoordinatorServer server = Coordinators.Start();
        var random = new Random(7);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var strangers = new List<RawSession>();

        // More idle connections than there are places for strangers.
        for (int i = 0; i < 500; i++) strangers.Add(RawSession.Connect(server.Port));
        // Random bytes, half of them behind a right beginning; truncated hellos.
        for (int i = 0; i < 200; i++)
        {
            RawSession stranger = RawSession.Connect(server.Port);
            var bytes = new byte[random.Next(1, 600)];
            random.NextBytes(bytes);
            if (i % 2 == 0) "COLL\u0001\0\u0001\0"u8[..Math.Min(8, bytes.Length)].CopyTo(bytes);
            TrySend(stranger, bytes);
            strangers.Add(stranger);
        }

        // Known to the coordinator, and then nonsense: huge lengths, unknown kinds, malformed payloads.
        for (int i = 0; i < 60; i++)
        {
            RawSession insider = RawSession.Authenticate(server.Port);
            var frame = new byte[64];
            random.NextBytes(frame);
            if (i % 3 == 0) BinaryPrimitives.WriteUInt32LittleEndian(frame, uint.MaxValue);
            if (i % 3 == 1) new byte[] { 24, 0, 0, 0, (byte)MessageKind.Register, 0, 0, 0 }.CopyTo(frame, 0);
            TrySend(insider, frame);
            insider.ExpectClosed();
            insider.Dispose();
        }

        Member[] members = Enumerable.Range(0, 4).Select(_ => Member.Join($"127.0.0.1:{server.Port}", 4)).ToArray();
        await Task.WhenAll(members.Select(member => member.BecomeActive()));
        // One that sends a message byte by byte and never ends it does not hold the others up either.
        using RawSession slow = RawSession.Authenticate(server.Port);
        slow.Socket.Send(ControlFrame.Encode(new Register(1, 0, RegisterFlags.None, 0, 0, 0, 1, "slow", 1)).AsSpan(0, 11));
        foreach (Member member in members) member.Session.Update(1, 1);
        foreach (Member member in members) await member.Heard.Next<Activate>();

        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 16 << 20, $"managed memory grew by {grown} bytes");
        slow.ExpectClosed();
        foreach (RawSession stranger in strangers)
        {
            stranger.ExpectClosed();
            stranger.Dispose();
        }

        foreach (Member member in members)
        {
            Assert.True(member.Session.IsAttached);
            member.Dispose();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task AStrangerThatSendsTooSlowlyIsCut()
    {
        using CoordinatorServer server = Coordinators.Start();
        using RawSession stranger = RawSession.Connect(server.Port);
        var hello = new byte[Hello.ByteCount];
        Hello.ToCoordinator(0, 0, stranger.Id).Write(hello);
        stranger.Socket.Send(hello.AsSpan(0, 40));
        // A byte now and then does not buy more time.
        int sent = 40;
        SocketError error = SocketError.Success;
        while (sent < hello.Length && error == SocketError.Success)
        {
            await Task.Delay(200);
            sent += stranger.Socket.Send(hello.AsSpan(sent, 1), SocketFlags.None, out error);
        }

        Assert.InRange(sent, 40, hello.Length - 1);
        await Task.Run(stranger.ExpectClosed);
    }

    [Fact(Timeout = 60_000)]
    public async Task WhoHasNoBusinessThereIsToldAndLeavesNothing()
    {
        using CoordinatorServer server = Coordinators.Start(token: "right");
        using Member member = Member.Join($"127.0.0.1:{server.Port}", 1, token: "right");
        await member.BecomeActive();
        int descriptors = Resources.Descriptors;
        var random = new Random(8);
        for (int i = 0; i < 100; i++)
        {
            using RawSession stranger = RawSession.Connect(server.Port);
            Hello hello = Hello.ToCoordinator(0, 0, stranger.Id);
            if (i % 4 == 0) hello.Version = 2;
            if (i % 4 == 1) hello.Purpose = HandshakePurpose.Lane;
            if (i % 4 == 2) hello.Lanes = 3;
            RefusalCode[] expected = [RefusalCode.Version, RefusalCode.Purpose, RefusalCode.Malformed, RefusalCode.None];
            var bytes = new byte[Hello.ByteCount];
            hello.Write(bytes);
            TrySend(stranger, bytes);
            Assert.True(Challenge.TryRead(stranger.Read(Challenge.ByteCount), out Challenge challenge));
            Assert.Equal(expected[i % 4], challenge.Refusal);
            if (i % 4 == 3)
            {
                var proof = new byte[TokenProof.ByteCount];
                random.NextBytes(proof);
                TrySend(stranger, proof);
                Assert.True(Welcome.TryRead(stranger.Read(Welcome.ByteCount), out Welcome welcome));
                Assert.Equal(RefusalCode.Token, welcome.Refusal);
            }

            stranger.ExpectClosed();
        }

        Assert.True(SpinWait.SpinUntil(() => Resources.Descriptors <= descriptors, 20_000), $"{Resources.Descriptors} descriptors are open, {descriptors} were before");
        Assert.True(member.Session.IsAttached);
    }

    [Fact(Timeout = 60_000)]
    public async Task AReaderThatDoesNotReadIsCutAndTheOthersAreNot()
    {
        var cut = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously); // never on the coordinator's thread
        using CoordinatorServer server = Coordinators.Start(log: line =>
        {
            if (line.Contains("bytes unread")) cut.TrySetResult(line);
        });
        using RawSession deaf = RawSession.Open(server.Port, 1);
        while (deaf.Next() is not Form)
        {
        }

        // Alone in its epoch it gets one answer per update; unread, they pile up until it is cut.
        deaf.Send(new Ready(1));
        byte[] updates = Enumerable.Repeat(ControlFrame.Encode(new Update(1, 0)), 1000).SelectMany(frame => frame).ToArray();
        deaf.Socket.SendTimeout = 20_000;
        await Task.Run(() =>
        {
            SocketError error = SocketError.Success;
            for (int i = 0; i < 10_000 && error == SocketError.Success; i++) deaf.Socket.Send(updates, SocketFlags.None, out error);
        });
        Assert.Contains(deaf.Id.ToString(), await cut.Task);
        using Member other = Member.Join($"127.0.0.1:{server.Port}", 1);
        await other.BecomeActive();
    }

    private static void TrySend(RawSession to, byte[] bytes) => to.Socket.Send(bytes, SocketFlags.None, out _);
}
