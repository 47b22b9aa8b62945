using System.Net;
using Collectives.Membership.Io;
using Collectives.Membership.Messages;
using Collectives.Transport;
using Collectives.Transport.Handshake;

namespace Collectives.Membership.Session;

/// <summary>The session's own thread: sockets in front of SessionState.</summary>
internal sealed class SessionLoop : ISessionOutputs, IDisposable
{
    private const long SocketKey = 1;

    private readonly SessionSettings _settings;
    private readonly CoordinatorList _coordinators;
    private readonly ICoordinatorListener _listener;
    private readonly SessionState _state;
    private readonly Poller _poller = new();
    private readonly List<ControlMessage> _submitted = [];
    private readonly ManualResetEventSlim _startEnded = new();
    private Dialer? _dialer;
    private ControlConnection? _connection;
    private FrameReader _frames = new(toCoordinator: false);
    private ControlConnection? _watched;
    private bool _watchesWrite;
    private bool _attached;
    private bool _closed;
    private volatile bool _stopping;
    private volatile IPAddress? _localAddress;
    private long _messagesSent;
    private Fault _startFault;

    public SessionLoop(SessionSettings settings, CoordinatorList coordinators, ICoordinatorListener listener)
    {
        _settings = settings;
        _coordinators = coordinators;
        _listener = listener;
        _state = new SessionState(settings, coordinators.Names, listener, this);
    }

    public IPAddress? LocalAddress => _localAddress;

    public long MessagesSent => Interlocked.Read(ref _messagesSent);

    public bool IsAttached => Volatile.Read(ref _attached);

    /// <summary>Waits for the end of the first registration, good or bad.</summary>
    public Fault AwaitStart()
    {
        _startEnded.Wait();
        return _startFault;
    }

    public void Submit(ControlMessage message)
    {
        lock (_submitted)
        {
            // Under the lock, since the descriptor that Wake writes to may be another file's once it is closed.
            if (_closed) return;
            _submitted.Add(message);
            _poller.Wake();
        }
    }

    /// <summary>Ends Run soon, after what was submitted before.</summary>
    public void Stop()
    {
        _stopping = true;
        _poller.Wake();
    }

    public void Run()
    {
        try
        {
            Loop();
        }
        catch (Exception bug)
        {
            // An exception that leaves a thread ends the process, which is the host program's.
            var fault = new Fault(Status.Internal, $"the session with the coordinator failed: {bug}");
            HangUp();
            if (_startEnded.IsSet) _listener.OnDisconnected(fault);
            else ((ISessionOutputs)this).Started(fault);
        }
    }

    private void Loop()
    {
        Span<long> keys = stackalloc long[4];
        _state.Begin(Now);
        while (true)
        {
            // Read before the drain: what was submitted before Stop is then still sent.
            bool stopping = _stopping;
            DrainSubmitted();
            _connection?.Flush();
            AdvanceDial();
            ReceiveAll();
            _state.Tick(Now);
            _connection?.Flush();
            Volatile.Write(ref _attached, _state.Phase == SessionPhase.Attached);
            if (stopping) break;
            Watch();
            _poller.Wait(keys, (int)Math.Clamp(_state.NextDue - Now, 0, 60_000));
        }

        HangUp();
    }

    public void Dispose()
    {
        lock (_submitted) _closed = true;
        _poller.Dispose();
        _startEnded.Dispose();
    }

    void ISessionOutputs.Dial(int coordinator, ulong epoch)
    {
        (string host, int port) = _coordinators.Addresses[coordinator];
        _dialer = new Dialer(host, port, _settings.Token, Hello.ToCoordinator(_settings.Group, epoch, _settings.Member));
    }

    void ISessionOutputs.Send(ControlMessage message)
    {
        if (message is not (Heartbeat or Report)) Interlocked.Increment(ref _messagesSent);
        _connection?.Enqueue(ControlFrame.Encode(message));
    }

    void ISessionOutputs.HangUp() => HangUp();

    void ISessionOutputs.Started(Fault fault)
    {
        _startFault = fault;
        _startEnded.Set();
    }

    private static long Now => Environment.TickCount64;

    private void HangUp()
    {
        _connection?.Flush();
        _connection?.Dispose();
        _connection = null;
        _dialer?.Dispose();
        _dialer = null;
    }

    private void DrainSubmitted()
    {
        ControlMessage[] messages;
        lock (_submitted)
        {
            messages = [.. _submitted];
            _submitted.Clear();
        }

        foreach (ControlMessage message in messages) _state.Submit(message, Now);
    }

    private void AdvanceDial()
    {
        // DialFailed may dial the next coordinator, whose first steps need no waiting either.
        while (_dialer is { } dialer)
        {
            dialer.Advance();
            if (!dialer.IsOpen && dialer.Connection is not null) return;
            _dialer = null;
            if (dialer.IsOpen)
            {
                _connection = dialer.Detach();
                _frames = new FrameReader(toCoordinator: false);
                _localAddress = Addresses.Local(_connection.Socket);
                _state.Opened(Now);
            }
            else
            {
                _state.DialFailed(dialer.Fault, Now);
            }
        }
    }

    private void ReceiveAll()
    {
        while (_connection is { Problem: null } connection)
        {
            int received = connection.Receive(_frames.Free());
            _frames.Arrived(received);
            while (_connection == connection && _frames.Next() is { } message) _state.Received(message, Now);
            if (received == 0 || _connection != connection || _frames.Problem is not null) break;
        }

        string? problem = _connection?.Problem ?? (_connection is null ? null : _frames.Problem);
        if (problem is null) return;
        HangUp();
        _state.Closed(new Fault(Status.Coordinator, problem), Now);
    }

    /// <summary>Tells the poller what the next wait is for. A closed socket leaves the poller by itself.</summary>
    private void Watch()
    {
        ControlConnection? current = _dialer?.Connection ?? _connection;
        bool write = _dialer?.WantsWrite ?? current is { HasQueued: true };
        if (current is not null && current != _watched) _poller.Add(current.Descriptor, SocketKey, write);
        else if (current is not null && write != _watchesWrite) _poller.Change(current.Descriptor, SocketKey, write);
        (_watched, _watchesWrite) = (current, write);
    }
}
