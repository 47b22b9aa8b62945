using System.Net;
using System.Net.Sockets;
using Collectives.Membership.Messages;
using Collectives.Transport;
using Collectives.Transport.Handshake;

namespace Collectives.Membership.Tests.EndToEnd;

/// <summary>A session by hand on a blocking socket, for members that do not behave.</summary>
internal sealed class RawSession : IDisposable
{
    private readonly FrameReader _frames = new(toCoordinator: false);

    private RawSession(int port)
    {
        Socket.NoDelay = true;
        Socket.ReceiveTimeout = 20_000;
        Socket.Connect(IPAddress.Loopback, port);
    }

    public MemberId Id { get; } = MemberId.Draw();

    public Socket Socket { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public static RawSession Connect(int port) => new(port);

    /// <summary>Shakes hands.</summary>
    public static RawSession Authenticate(int port)
    {
        var session = new RawSession(port);
        Assert.Equal(RefusalCode.None, session.ShakeHands(Hello.ToCoordinator(0, 0, session.Id)));
        return session;
    }

    public RefusalCode ShakeHands(in Hello hello)
    {
        var handshake = new DialerHandshake([], hello);
        while (handshake.Step == HandshakeStep.Receive)
        {
            Socket.Send(handshake.ToSend.Span);
            handshake.Receive(Read(handshake.BytesExpected));
        }

        return handshake.Refusal;
    }

    public static RawSession Open(int port, uint min)
    {
        RawSession session = Authenticate(port);
        session.Send(new Register(min, 0, RegisterFlags.None, 0, 0, 0, 1, "", 4000));
        return session;
    }

    public byte[] Read(int count)
    {
        var bytes = new byte[count];
        for (int done = 0; done < count;)
        {
            int received = Socket.Receive(bytes.AsSpan(done));
            Assert.NotEqual(0, received);
            done += received;
        }

        return bytes;
    }

    public void Send(ControlMessage message) => Socket.Send(ControlFrame.Encode(message));

    public ControlMessage Next()
    {
        while (true)
        {
            if (_frames.Next() is { } message) return message;
            Assert.Null(_frames.Problem);
            int received = Socket.Receive(_frames.Free());
            Assert.NotEqual(0, received);
            _frames.Arrived(received);
        }
    }

    /// <summary>Reads until the other side closes or resets; fails if it does neither.</summary>
    public void ExpectClosed()
    {
        var bytes = new byte[4096];
        SocketError error;
        while (Socket.Receive(bytes, SocketFlags.None, out error) > 0)
        {
        }

        Assert.True(error is SocketError.Success or SocketError.ConnectionReset, $"the connection was not closed: {error}");
    }

    public void Dispose() => Socket.Dispose();
}
