using Collectives.Transport.Handshake;
using Collectives.Transport.Interop;
using Collectives.Transport.Progress;

namespace Collectives.Transport.Tcp;

/// <summary>
/// A connection that is not a lane yet: connecting or shaking hands, on either side. It holds a fixed number of
/// bytes whatever the other side sends, and ends at its deadline.
/// </summary>
internal sealed unsafe class PendingConnection : IPollable
{
    private readonly TcpNetwork _network;
    private readonly DialerHandshake? _dialer;
    private readonly AcceptorHandshake? _acceptor;
    private readonly byte[] _incoming = new byte[Hello.ByteCount];
    private readonly int _slot;
    private ReadOnlyMemory<byte> _outgoing;
    private int _fd;
    private int _received;
    private bool _connected;

    public PendingConnection(TcpNetwork network, int fd, DialerHandshake dialer, TcpLink link, int lane, ConnectionPath path = ConnectionPath.Direct)
        : this(network, fd)
    {
        _dialer = dialer;
        Link = link;
        Lane = lane;
        Path = path;
        _outgoing = dialer.ToSend;
        _connected = path == ConnectionPath.ThroughRelay;
        _slot = network.Loop.Poller.Add(fd, this, write: true);
    }

    public PendingConnection(TcpNetwork network, int fd, AcceptorHandshake acceptor)
        : this(network, fd)
    {
        _acceptor = acceptor;
        _connected = true;
        _slot = network.Loop.Poller.Add(fd, this, write: false);
    }

    /// <summary>Waits at a relay until the peer begins.</summary>
    public PendingConnection(TcpNetwork network, int fd, AcceptorHandshake acceptor, TcpLink link)
        : this(network, fd, acceptor)
    {
        Link = link;
        Path = ConnectionPath.ThroughRelay;
        DeadlineMs = long.MaxValue;
    }

    private PendingConnection(TcpNetwork network, int fd)
    {
        _network = network;
        _fd = fd;
        DeadlineMs = Environment.TickCount64 + network.Settings.HandshakeMs;
    }

    public long DeadlineMs { get; private set; }

    /// <summary>The link that this end dials for; null on the accepting side until the hello is believed.</summary>
    public TcpLink? Link { get; }

    public int Lane { get; }

    public ConnectionPath Path { get; }

    /// <summary>This end has dialled and proved itself: the other one may have taken the connection already.</summary>
    public bool IsProving => Path != ConnectionPath.ToRelay && _dialer is { Acceptor.IsNone: false };

    public void OnReady(bool readable, bool writable)
    {
        if (!_connected)
        {
            int error = TcpSocket.ConnectError(_fd);
            if (error != 0)
            {
                End(new Fault(Status.PeerLost, $"connect to {Who}: {Libc.ErrorText(error)}"));
                return;
            }

            if (!writable) return;
            _connected = true;
        }

        if (!SendOutgoing()) return;
        while (readable && _fd >= 0 && ReceiveMessage()) { }
    }

    public void Expire() => End(new Fault(Status.PeerLost, _connected
        ? $"the handshake with {Who} did not end within {_network.Settings.HandshakeMs} ms"
        : $"connect to {Who}: no answer within {_network.Settings.HandshakeMs} ms"));

    public void Close()
    {
        if (_fd < 0) return;
        _network.Loop.Poller.Remove(_slot);
        Libc.Close(_fd);
        _fd = -1;
    }

    private string Who => Link is null ? TcpSocket.RemoteEndPoint(_fd).ToString() : Path switch
    {
        ConnectionPath.Direct => Link.Dialled,
        ConnectionPath.ToRelay => $"the relay, member {Link.Through}",
        _ => $"member {Link.Peer} through member {Link.Through}",
    };

    private HandshakeStep Step => _dialer?.Step ?? _acceptor!.Step;

    private int BytesExpected => _dialer?.BytesExpected ?? _acceptor!.BytesExpected;

    /// <summary>True when everything has left. Messages are under 100 bytes, so a full socket is rare.</summary>
    private bool SendOutgoing()
    {
        while (_outgoing.Length > 0)
        {
            nint sent;
            fixed (byte* bytes = _outgoing.Span) sent = Libc.Send(_fd, bytes, (nuint)_outgoing.Length, Libc.MsgNoSignal | Libc.MsgDontWait);
            if (sent < 0)
            {
                int errno = Libc.Errno;
                if (errno == Libc.ErrInterrupted) continue;
                if (errno != Libc.ErrAgain) End(new Fault(Status.PeerLost, $"send to {Who}: {Libc.ErrorText(errno)}"));
                else _network.Loop.Poller.Watch(_slot, read: true, write: true);
                return false;
            }

            _outgoing = _outgoing[(int)sent..];
        }

        _network.Loop.Poller.Watch(_slot, read: true, write: false);
        return true;
    }

    private bool ReceiveMessage()
    {
        int wanted = BytesExpected - _received;
        nint got;
        fixed (byte* bytes = _incoming) got = Libc.Receive(_fd, bytes + _received, (nuint)wanted, Libc.MsgDontWait);
        if (got <= 0)
        {
            int errno = got < 0 ? Libc.Errno : 0;
            if (errno == Libc.ErrInterrupted) return true;
            if (errno != Libc.ErrAgain)
                End(new Fault(Status.PeerLost, $"handshake with {Who}: {(got == 0 ? "closed by the other side" : Libc.ErrorText(errno))}"));
            return false;
        }

        _received += (int)got;
        if (DeadlineMs == long.MaxValue) DeadlineMs = Environment.TickCount64 + _network.Settings.HandshakeMs;
        if (got < wanted) return true;
        ReadOnlySpan<byte> message = _incoming.AsSpan(0, _received);
        _received = 0;
        HandshakeStep step;
        if (_dialer is not null)
        {
            step = _dialer.Receive(message);
            _outgoing = _dialer.ToSend;
        }
        else
        {
            step = _acceptor!.Receive(message);
            _outgoing = _acceptor.ToSend;
        }

        bool sent = SendOutgoing();
        if (step == HandshakeStep.Receive) return sent;
        // The last message of an acceptor fits an empty socket buffer; one that doesn't leave is no loss to us.
        if (_fd >= 0) Conclude(step);
        return false;
    }

    private void Conclude(HandshakeStep step)
    {
        if (step == HandshakeStep.Failed)
        {
            End(_dialer?.Fault ?? _acceptor!.Fault);
            return;
        }

        int fd = _fd;
        _network.Loop.Poller.Remove(_slot);
        _fd = -1;
        _network.Established(this, fd, _acceptor is null ? null : _acceptor.Dialer);
    }

    private void End(Fault fault)
    {
        Close();
        _network.Failed(this, fault);
    }
}
