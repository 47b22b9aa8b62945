using System.Net.Sockets;

namespace Collectives.Membership.Io;

/// <summary>A non-blocking socket with the frames that wait for it. Belongs to one loop.</summary>
internal sealed class ControlConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly Queue<ReadOnlyMemory<byte>> _outbox = new();
    private int _sentOfFirst;

    public ControlConnection(Socket socket)
    {
        _socket = socket;
        socket.Blocking = false;
        if (socket.ProtocolType == ProtocolType.Tcp) socket.NoDelay = true;
    }

    public nint Descriptor => _socket.SafeHandle.DangerousGetHandle();

    public Socket Socket => _socket;

    /// <summary>Why the connection is of no more use; null as long as it is.</summary>
    public string? Problem { get; private set; }

    public long QueuedByteCount { get; private set; }

    public bool HasQueued => _outbox.Count > 0;

    public void Enqueue(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        _outbox.Enqueue(bytes);
        QueuedByteCount += bytes.Length;
    }

    /// <summary>Sends what the socket takes now.</summary>
    public void Flush()
    {
        while (Problem is null && _outbox.TryPeek(out ReadOnlyMemory<byte> first))
        {
            int sent = _socket.Send(first.Span[_sentOfFirst..], SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock) return;
            if (error != SocketError.Success)
            {
                Problem = Describe(error);
                return;
            }

            _sentOfFirst += sent;
            QueuedByteCount -= sent;
            if (_sentOfFirst < first.Length) continue;
            _outbox.Dequeue();
            _sentOfFirst = 0;
        }
    }

    /// <summary>Bytes received into <paramref name="space"/>; 0 if there are none now, or a problem.</summary>
    public int Receive(Span<byte> space)
    {
        int received = _socket.Receive(space, SocketFlags.None, out SocketError error);
        if (error == SocketError.WouldBlock) return 0;
        if (error != SocketError.Success) Problem = Describe(error);
        else if (received == 0) Problem = "the other side closed the connection";
        return received;
    }

    public bool HasSaidGoodbye { get; private set; }

    /// <summary>Nothing more will be sent; the other side reads to the end and closes.</summary>
    public void SayGoodbye()
    {
        HasSaidGoodbye = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException gone)
        {
            Problem ??= Describe(gone.SocketErrorCode);
        }
    }

    public void Dispose() => _socket.Dispose();

    public static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionReset => "the other side reset the connection",
        SocketError.ConnectionRefused => "connection refused: nothing listens there",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route to the host",
        SocketError.TimedOut => "the connection timed out",
        _ => new SocketException((int)error).Message,
    };
}
