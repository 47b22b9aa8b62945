using System.Net;
using System.Net.Sockets;
using Collectives.Transport.Handshake;

namespace Collectives.Transport.Tests.Faults;

/// <summary>A connection by hand on a blocking socket, for callers that do not behave.</summary>
internal sealed class Stranger : IDisposable
{
    private const int LimitMs = 30_000;

    public Socket Socket { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        ReceiveTimeout = LimitMs,
        SendTimeout = LimitMs,
    };

    public static Stranger At(int port)
    {
        Stranger stranger = new();
        stranger.Connect(port);
        return stranger;
    }

    public void Connect(int port) => Socket.Connect(IPAddress.Loopback, port);

    /// <summary>False once the other side has closed the connection.</summary>
    public bool TrySend(ReadOnlySpan<byte> bytes)
    {
        Socket.Send(bytes, SocketFlags.None, out SocketError error);
        return error == SocketError.Success;
    }

    /// <summary>Shakes hands as a dialer; returns how that ended.</summary>
    public DialerHandshake Shake(Hello hello, byte[] token)
    {
        DialerHandshake handshake = new(token, hello);
        while (handshake.Step == HandshakeStep.Receive)
        {
            Assert.True(TrySend(handshake.ToSend.Span), "the connection was closed in the handshake");
            handshake.Receive(Read(handshake.BytesExpected));
        }

        return handshake;
    }

    public byte[] Read(int count)
    {
        byte[] bytes = new byte[count];
        for (int done = 0; done < count;)
        {
            int got = Socket.Receive(bytes.AsSpan(done));
            Assert.True(got > 0, "the connection was closed");
            done += got;
        }

        return bytes;
    }

    /// <summary>Reads until the other side closes or resets; fails if it does neither.</summary>
    public void ExpectClosed()
    {
        byte[] bytes = new byte[4096];
        SocketError error;
        while (Socket.Receive(bytes, SocketFlags.None, out error) > 0)
        {
        }

        Assert.True(error is SocketError.Success or SocketError.ConnectionReset, $"the connection was not closed: {error}");
    }

    public void Dispose() => Socket.Dispose();
}
