using System.Net;
using System.Net.Sockets;

namespace Collectives.Transport.Tests.Faults;

/// <summary>One connection through a <see cref="CuttingProxy"/>, with a thread for each direction.</summary>
internal sealed class Passage : IDisposable
{
    private readonly Socket _dialer;
    private readonly Socket? _acceptor;
    private readonly FrameFollower _fromDialer;
    private readonly FrameFollower _fromAcceptor;
    private readonly Cut? _cut;
    private readonly Thread[] _threads;
    private volatile bool _wasCut;
    private volatile bool _isHeld;
    private volatile bool _isClosed;

    public Passage(Socket dialer, IPEndPoint? target, Cut? cut)
    {
        _dialer = dialer;
        _cut = cut;
        _fromDialer = new FrameFollower(fromDialer: true, cut);
        _fromAcceptor = new FrameFollower(fromDialer: false, cut);
        _dialer.NoDelay = true;
        if (target is not null && (_acceptor = TryConnect(target)) is null) Close(dialer);
        _threads = _acceptor is null
            ? [new Thread(() => Drain(dialer))]
            : [new Thread(() => Pump(_dialer, _acceptor, _fromDialer)), new Thread(() => Pump(_acceptor, _dialer, _fromAcceptor))];
        foreach (Thread thread in _threads)
        {
            thread.IsBackground = true;
            thread.Start();
        }
    }

    public bool WasCut => _wasCut;

    /// <summary>Nothing is passed on while it is held; the connection lives.</summary>
    public bool IsHeld
    {
        get => _isHeld;
        set => _isHeld = value;
    }

    /// <summary>Both ends have closed it.</summary>
    public bool HasEnded => Array.TrueForAll(_threads, thread => !thread.IsAlive);

    /// <summary>The segments whose headers have come this far; read them when nothing is on its way any more.</summary>
    public IReadOnlyList<ulong> Carried(bool fromDialer) => (fromDialer ? _fromDialer : _fromAcceptor).Segments;

    public void Dispose()
    {
        _isClosed = true;
        Close(_dialer);
        if (_acceptor is not null) Close(_acceptor);
        foreach (Thread thread in _threads) thread.Join();
    }

    /// <summary>Closes a socket that another thread may be blocked on.</summary>
    public static void Close(Socket socket)
    {
        Shut(socket, SocketShutdown.Both);
        socket.Dispose();
    }

    private static Socket? TryConnect(IPEndPoint target)
    {
        Socket socket = new(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(target);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    private void Pump(Socket from, Socket to, FrameFollower follower)
    {
        byte[] buffer = new byte[32 * 1024];
        int got;
        while ((got = Receive(from, buffer)) > 0)
        {
            while (_isHeld && !_isClosed) Thread.Sleep(1);
            if (_wasCut) continue; // a direction that is not the cut one is read to its end
            int passing = follower.Take(buffer.AsSpan(0, got), out bool cut);
            Send(to, buffer.AsSpan(0, passing));
            if (!cut) continue;
            _wasCut = true;
            if (_cut!.Reset)
            {
                Reset(from);
                Reset(to);
                return;
            }

            Shut(from, SocketShutdown.Both);
            break;
        }

        Shut(to, SocketShutdown.Send);
    }

    private static void Drain(Socket socket)
    {
        byte[] buffer = new byte[1024];
        while (Receive(socket, buffer) > 0)
        {
        }
    }

    private static int Receive(Socket socket, byte[] buffer)
    {
        try
        {
            return socket.Receive(buffer);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            return 0;
        }
    }

    private static void Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (bytes.Length > 0) bytes = bytes[socket.Send(bytes)..];
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // The other direction notices the same.
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            // A linger of nothing turns the close into a reset.
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
        }

        socket.Dispose();
    }

    private static void Shut(Socket socket, SocketShutdown how)
    {
        try
        {
            socket.Shutdown(how);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
        }
    }
}
