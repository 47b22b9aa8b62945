using System.Net.Sockets;
using System.Text;
using Collectives.Membership.Coordination;
using Collectives.Membership.Io;
using Collectives.Membership.Messages;
using Collectives.Membership.Observation;
using Collectives.Transport;
using Collectives.Transport.Handshake;
using Collectives.Transport.Logging;

namespace Collectives.Membership.Server;

/// <summary>The coordinator's one thread: sockets in front of CoordinatorState.</summary>
internal sealed class ServerLoop : ICoordinatorOutputs, IAdmission, IDisposable
{
    private const int ClosingMs = 1000;

    // A coordinator that is stopped ends settlements first, so that no operation has to wait for the next coordinator.
    private const int LastSettlementMs = 2000;

    // A busy session gives way to the others after so many reads.
    private const int ReadsInARow = 16;

    // A status is read at once or not at all.
    private const int StatusMs = 10_000;
    private const int MaxStatusSessions = 4;

    private readonly List<Socket> _listeners;
    private readonly byte[] _token;
    private readonly Action<string>? _log;
    private readonly MemberId _self = MemberId.Draw();
    private readonly Poller _poller;
    private readonly CoordinatorState _state;
    private readonly Strangers _strangers = new();
    private readonly Dictionary<long, ServerSession> _sessions = [];
    private readonly HashSet<ServerSession> _touched = [];
    private readonly HashSet<ServerSession> _closing = [];
    private readonly Tally _tally = new();
    private readonly SnapshotRequests _looks;
    private readonly long _startedAt = Now;
    private long _lastNumber;
    private long _acceptAgainAt = long.MaxValue;
    private long _stopBy = long.MaxValue;
    private ControlMessage? _encodedMessage;
    private byte[] _encoded = [];
    private volatile bool _stopping;

    public ServerLoop(List<Socket> listeners, CoordinatorSettings settings, CoordinatorRules rules)
    {
        _listeners = listeners;
        _token = Encoding.UTF8.GetBytes(settings.Token);
        _log = settings.Log;
        _state = new CoordinatorState(rules, this, Now);
        _poller = new Poller();
        _looks = new SnapshotRequests(_poller.Wake);
        WatchListeners();
    }

    /// <summary>From any thread, until Dispose.</summary>
    public CoordinatorSnapshot? Look() => _looks.Ask();

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
            // An exception that leaves a thread ends the process, which is the host program's. The members see
            // closed sessions, and go on without a coordinator.
            _log?.Invoke($"the coordinator failed and stops: {bug}");
            Log.At(LogLevel.Error, "coordinator_failed")?.Add("text", bug.ToString()).Write();
        }

        foreach (Socket listener in _listeners) listener.Dispose();
        foreach (ServerSession session in _sessions.Values) session.Dispose();
    }

    public void Dispose() => _poller.Dispose();

    RefusalCode IAdmission.Admit(in Hello hello) =>
        hello.Purpose == HandshakePurpose.Status && _closing.Count(session => session.IsForStatus) >= MaxStatusSessions ? RefusalCode.TryAgain : RefusalCode.None;

    void ICoordinatorOutputs.Send(long session, ControlMessage message)
    {
        if (!_sessions.TryGetValue(session, out ServerSession? to) || to.IsClosing) return;
        // A roster goes to thousands of sessions; they share its bytes.
        if (!ReferenceEquals(message, _encodedMessage)) (_encodedMessage, _encoded) = (message, ControlFrame.Encode(message));
        to.Connection.Enqueue(_encoded);
        if (message is Evicted) _tally.Evictions++;
        _touched.Add(to);
    }

    void ICoordinatorOutputs.Close(long session)
    {
        if (_sessions.TryGetValue(session, out ServerSession? closing)) BeginClose(closing);
    }

    void ICoordinatorOutputs.Note(string line)
    {
        _log?.Invoke(line);
        Log.At(LogLevel.Info, "roster")?.Add("text", line).Write();
    }

    void ICoordinatorOutputs.Joined() => _tally.Joins++;

    void ICoordinatorOutputs.Gone(LossReason reason) => _tally.Lost(reason);

    void ICoordinatorOutputs.Activated() => _tally.EpochsActivated++;

    private static long Now => Environment.TickCount64;

    private void Loop()
    {
        Span<long> keys = stackalloc long[256];
        while (!_stopping || !MayStop())
        {
            long due = Math.Min(Math.Min(_state.NextDue, _strangers.NextDue), Math.Min(_acceptAgainAt, _closing.Count > 0 || _stopping ? Now + 50 : long.MaxValue));
            int count = _poller.Wait(keys, (int)Math.Clamp(due - Now, 0, 60_000));
            foreach (long key in keys[..count])
            {
                if (key < 0 && !_stopping) Accept(_listeners[(int)~key]);
                else if (_sessions.TryGetValue(key, out ServerSession? session)) Advance(session);
            }

            _state.Tick(Now);
            _looks.Answer(TakeSnapshot);
            CutStrangers();
            if (Now >= _acceptAgainAt) WatchListeners();
            FlushTouched();
        }
    }

    /// <summary>
    /// Ends what members wait for, then lets them read to the end what was sent to them: a connection that is closed with bytes
    /// unread is reset, and takes the verdict with it.
    /// </summary>
    private bool MayStop()
    {
        if (_stopBy == long.MaxValue)
        {
            _stopBy = Now + LastSettlementMs;
            // Members that dial again are to reach the next coordinator.
            foreach (Socket listener in _listeners) listener.Dispose();
            _acceptAgainAt = long.MaxValue;
        }

        if (_state.IsSettling && Now < _stopBy) return false;
        _stopBy = 0;
        foreach (ServerSession session in _sessions.Values.ToArray()) BeginClose(session);
        FlushTouched();
        return _sessions.Count == 0;
    }

    private CoordinatorSnapshot TakeSnapshot() => CoordinatorSnapshots.Take(_state, _tally, _startedAt, Now);

    // ---- accepting

    private void WatchListeners()
    {
        _acceptAgainAt = long.MaxValue;
        for (int i = 0; i < _listeners.Count; i++) _poller.Add(_listeners[i].SafeHandle.DangerousGetHandle(), ~i);
    }

    private void Accept(Socket listener)
    {
        // One at a time: the poller comes back as long as there are more, and others get their turn.
        Socket socket;
        try
        {
            socket = listener.Accept();
        }
        catch (SocketException none) when (none.SocketErrorCode is SocketError.WouldBlock or SocketError.ConnectionAborted or SocketError.ConnectionReset)
        {
            return;
        }
        catch (SocketException full)
        {
            // Out of descriptors, mostly. A listener that stays ready would turn this loop into a spin.
            _log?.Invoke($"cannot accept a connection: {full.Message}; trying again in 100 ms");
            foreach (Socket one in _listeners) _poller.Remove(one.SafeHandle.DangerousGetHandle());
            _acceptAgainAt = Now + 100;
            if (_strangers.Oldest is { } oldest) Cut(oldest);
            return;
        }

        if (_strangers.Count >= Strangers.Max) Cut(_strangers.Oldest!);
        var handshake = new AcceptorHandshake(_token, HandshakePurpose.CoordinatorSession, _self, this) { AlsoTaken = HandshakePurpose.Status };
        var session = new ServerSession(++_lastNumber, new ControlConnection(socket), handshake, Now);
        _sessions.Add(session.Number, session);
        _strangers.Add(session);
        _poller.Add(session.Connection.Descriptor, session.Number);
    }

    private void CutStrangers()
    {
        while (_strangers.NextDue <= Now) Cut(_strangers.Oldest!);
    }

    private void Cut(ServerSession stranger)
    {
        _strangers.Remove(stranger);
        _tally.ConnectionsRefused++;
        End(stranger);
    }

    // ---- what arrives

    private void Advance(ServerSession session)
    {
        _touched.Add(session);
        if (session.IsClosing)
        {
            Drain(session);
            return;
        }

        if (session.IsStranger && !AdvanceStranger(session)) return;
        for (int i = 0; i < ReadsInARow && !session.IsClosing && session.Problem is null && session.Receive(); i++)
            while (!session.IsClosing && session.Problem is null && session.Next() is { } message)
                _state.Received(session.Number, message, Now);
    }

    /// <summary>True if the stranger has become a session.</summary>
    private bool AdvanceStranger(ServerSession session)
    {
        while (session.IsStranger && session.AdvanceHandshake())
        {
        }

        if (session.Handshake.Step == HandshakeStep.Failed)
        {
            _tally.ConnectionsRefused++;
            ((ICoordinatorOutputs)this).Note($"{Addresses.Remote(session.Connection.Socket)}: {session.Handshake.Fault.Message}");
            _strangers.Remove(session);
            BeginClose(session);
        }

        if (session.IsStranger) return false;
        _strangers.Remove(session);
        ref readonly Hello hello = ref session.Handshake.Dialer;
        if (hello.Purpose == HandshakePurpose.Status)
        {
            ShowStatus(session);
            return false;
        }

        _tally.SessionsTaken++;
        string host = Addresses.Remote(session.Connection.Socket)?.ToString() ?? "";
        _state.Connected(session.Number, hello.Member, hello.Group, hello.Epoch, host, Now);
        return true;
    }

    /// <summary>Sends the whole document and ends the session; what it says itself is read and thrown away.</summary>
    private void ShowStatus(ServerSession session)
    {
        session.IsForStatus = true;
        foreach (StatusPage page in StatusPages.Cut(StatusJson.Write(TakeSnapshot()))) session.Connection.Enqueue(ControlFrame.Encode(page));
        BeginClose(session);
        session.CloseBy = Now + StatusMs;
    }

    // ---- what leaves

    private void FlushTouched()
    {
        if (_closing.Count > 0) _touched.UnionWith(_closing);
        // Ending a session may send to others, which are then touched in turn.
        while (_touched.Count > 0)
        {
            ServerSession[] touched = [.. _touched];
            _touched.Clear();
            foreach (ServerSession session in touched) Flush(session);
        }
    }

    private void Flush(ServerSession session)
    {
        if (!_sessions.ContainsKey(session.Number)) return;
        session.Connection.Flush();
        if (session.Problem is { } problem)
        {
            if (session is { IsStranger: true, IsClosing: false }) _tally.ConnectionsRefused++;
            _strangers.Remove(session);
            End(session);
            _state.Disconnected(session.Number, problem, Now);
        }
        else if (Now >= session.CloseBy)
        {
            End(session);
        }
        else if (session.IsClosing && !session.Connection.HasQueued && !session.Connection.HasSaidGoodbye)
        {
            session.Connection.SayGoodbye();
        }
        else if (session.WatchesWrite != session.Connection.HasQueued)
        {
            session.WatchesWrite = session.Connection.HasQueued;
            _poller.Change(session.Connection.Descriptor, session.Number, session.WatchesWrite);
        }
    }

    private void BeginClose(ServerSession session)
    {
        if (session.IsClosing) return;
        // Strangers with wrong tokens could pile up here; beyond so many, none gets time to read its refusal.
        session.CloseBy = _closing.Count < Strangers.Max ? Now + ClosingMs : Now;
        _closing.Add(session);
        _touched.Add(session);
    }

    /// <summary>
    /// Reads on until the other side closes, so that it gets what was sent last: closing with bytes unread would
    /// reset the connection.
    /// </summary>
    private static void Drain(ServerSession session)
    {
        Span<byte> nowhere = stackalloc byte[4096];
        for (int i = 0; i < ReadsInARow && session.Connection.Problem is null; i++)
            if (session.Connection.Receive(nowhere) == 0)
                return;
    }

    private void End(ServerSession session)
    {
        _sessions.Remove(session.Number);
        _closing.Remove(session);
        session.Dispose();
    }
}
