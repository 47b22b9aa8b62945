using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Session;

/// <summary>
/// A member's side of the control protocol, without sockets, threads or a clock of its own: events come in with
/// the time, in milliseconds, and what follows from them goes to the listener and the outputs.
/// <code>
///   Dialing --Opened--> Registering --Registered--> Attached
///      ^  \--DialFailed--> next coordinator, after the last one: Resting --due--> Dialing
///      +---- Closed, or silence ---- from Registering and Attached
///   any --Evicted, Leave, or no success before the first deadline--> Ended
/// </code>
/// </summary>
public sealed class SessionState(
    SessionSettings settings, IReadOnlyList<string> coordinators, ICoordinatorListener listener, ISessionOutputs outputs)
{
    /// <summary>Connecting and shaking hands with one coordinator may take so long.</summary>
    public const int DialMs = 5000;

    private const int FirstRestMs = 20;
    private const int LongestRestMs = 500;

    /// <summary>
    /// A coordinator that is started anew at once should not find its members asleep, since a loss cannot be settled before they are
    /// back: at first rests grow no longer than this.
    /// </summary>
    private const int LongestEarlyRestMs = 100;
    private const int EarlyMs = 5000;

    private readonly string?[] _problems = new string?[coordinators.Count];
    private int _heartbeatMs = settings.HeartbeatMs > 0 ? settings.HeartbeatMs : SessionSettings.DefaultHeartbeatMs;
    private int _coordinator;
    private int _refusals;
    private int _restMs = FirstRestMs;
    private long _aloneSince;
    private long _startBy;
    private long _dueAt;
    private long _beatAt;
    private bool _started;
    private Fault _refusal;
    private ulong _activeEpoch;
    private ulong _knownEpoch;
    private ulong _highest;
    private bool _standsStill;
    private bool _hasLooked;
    private bool _someUnreached; // of those dialed since the first of the list was
    private bool _hasMissed; // in the look round all of them
    private Update? _openUpdate;

    // Updates that have confirmed the active epoch, since it was formed.
    private ulong _confirmed;

    public SessionPhase Phase { get; private set; } = SessionPhase.Resting;

    /// <summary>When Tick has something to do next.</summary>
    public long NextDue => Phase switch
    {
        SessionPhase.Ended => long.MaxValue,
        _ when !_started => Math.Min(_dueAt, _startBy),
        SessionPhase.Attached => Math.Min(_dueAt, _beatAt),
        _ => _dueAt,
    };

    public void Begin(long now)
    {
        _startBy = now + settings.DeadlineMs;
        _aloneSince = now;
        Dial(0, now);
    }

    /// <summary>The connection is up and both sides have proved themselves.</summary>
    public void Opened(long now)
    {
        Phase = SessionPhase.Registering;
        _dueAt = now + _heartbeatMs;
        outputs.Send(new Register(
            (uint)settings.MinMembers, (uint)settings.HeartbeatMs, Flags(),
            _knownEpoch, _highest, _confirmed, (ushort)coordinators.Count, settings.AdvertisedHost, (ushort)settings.Port));
    }

    public void DialFailed(Fault fault, long now)
    {
        _someUnreached = true;
        TryNext(fault, now);
    }

    private void TryNext(Fault fault, long now)
    {
        _problems[_coordinator] = fault.Message;
        if (fault.Status == Status.Refused)
        {
            _refusals++;
            _refusal = Named(fault);
        }

        if (_coordinator + 1 < coordinators.Count)
        {
            Dial(_coordinator + 1, now);
            return;
        }

        // A wrong token does not become right by waiting; a coordinator that is not up yet may come up.
        if (!_started && _refusals == coordinators.Count)
        {
            End(_refusal);
            return;
        }

        _refusals = 0;
        (_hasLooked, _hasMissed) = (true, _someUnreached);
        Phase = SessionPhase.Resting;
        _dueAt = now + _restMs;
        _restMs = Math.Min(_restMs * 2, now - _aloneSince < EarlyMs ? LongestEarlyRestMs : LongestRestMs);
    }

    public void Received(ControlMessage message, long now)
    {
        if (Phase is not (SessionPhase.Registering or SessionPhase.Attached)) return;
        _dueAt = now + _heartbeatMs;
        switch (message)
        {
            case Registered registered:
                Attach(registered, now);
                break;
            case Waiting waiting:
                listener.OnWaiting(waiting);
                break;
            case Form form:
                // The update stays open: should this coordinator go before the epoch begins, the next one knows nothing of it.
                _highest = Math.Max(_highest, form.Roster.Epoch);
                listener.OnForm(form);
                break;
            case Activate activate:
                if (activate.Epoch != _activeEpoch) (_activeEpoch, _standsStill, _confirmed) = (activate.Epoch, false, 0);
                else if (_openUpdate is not null) _confirmed++;
                _openUpdate = null;
                listener.OnActivate(activate);
                break;
            case PendingChanged pending:
                listener.OnPending(pending.Count, pending.HasBetterOrder);
                break;
            case Settle settle:
                (_highest, _standsStill) = (Math.Max(_highest, settle.Epoch), true);
                listener.OnSettle(settle);
                break;
            case Verdict verdict:
                _openUpdate = null;
                (_activeEpoch, _standsStill) = (verdict.Epoch, false);
                listener.OnVerdict(verdict);
                break;
            case Probe probe:
                listener.OnProbe(probe);
                break;
            case Inquire inquire:
                (_highest, _standsStill) = (Math.Max(_highest, inquire.Number), true);
                listener.OnInquire(inquire);
                break;
            case Ruling ruling:
                _standsStill = false;
                listener.OnRuling(ruling);
                break;
            case Relay relay:
                listener.OnRelay(relay);
                break;
            case Recall:
                listener.OnRecall();
                break;
            case Evicted evicted:
                outputs.HangUp();
                End(new Fault(Status.Evicted, "evicted: " + evicted.Text));
                listener.OnEvicted(evicted);
                break;
            case Refused refused:
                ReceiveRefused(refused, now);
                break;
        }
    }

    /// <summary>The connection is gone, for the reason given.</summary>
    public void Closed(Fault fault, long now)
    {
        if (Phase == SessionPhase.Attached)
        {
            listener.OnDisconnected(Named(fault));
            _aloneSince = now;
            Dial(0, now);
        }
        else if (Phase is SessionPhase.Registering or SessionPhase.Dialing)
        {
            DialFailed(fault, now);
        }
    }

    /// <summary>
    /// Sends for the caller. Without a coordinator an update waits for the next one; the rest would mean nothing
    /// to it.
    /// </summary>
    public void Submit(ControlMessage message, long now)
    {
        if (Phase == SessionPhase.Ended) return;
        if (message is Update update) message = _openUpdate = update with { Number = _confirmed + 1 };
        if (Phase == SessionPhase.Attached) outputs.Send(message);
        if (message is Leave)
        {
            outputs.HangUp();
            End(new Fault(Status.Left, "the member has left"));
        }
    }

    public void Tick(long now)
    {
        if (Phase == SessionPhase.Ended) return;
        if (!_started && now >= _startBy)
        {
            outputs.HangUp();
            End(StartFault());
            return;
        }

        if (Phase == SessionPhase.Attached && now >= _beatAt)
        {
            outputs.Send(Heartbeat.Instance);
            _beatAt = now + (_heartbeatMs / 3);
            listener.OnBeat();
        }

        if (now < _dueAt) return;
        if (Phase == SessionPhase.Resting)
        {
            Dial(0, now);
            return;
        }

        outputs.HangUp();
        int allowed = Phase == SessionPhase.Dialing ? DialMs : _heartbeatMs;
        Closed(new Fault(Status.Coordinator, $"no answer for {allowed} ms while {Phase}"), now);
    }

    private Fault Named(Fault fault) => fault with { Message = $"coordinator {coordinators[_coordinator]}: {fault.Message}" };

    private void Dial(int coordinator, long now)
    {
        if (coordinator == 0) _someUnreached = false;
        _coordinator = coordinator;
        Phase = SessionPhase.Dialing;
        _dueAt = now + DialMs;
        outputs.Dial(coordinator, _activeEpoch);
    }

    private RegisterFlags Flags() =>
        (_standsStill ? RegisterFlags.StandsStill : 0) | (_hasLooked ? RegisterFlags.HasLooked : 0) | (_coordinator > 0 ? RegisterFlags.AtStandby : 0)
        | (_hasLooked && _hasMissed ? RegisterFlags.HasMissed : 0) | (settings.KeepsOrder ? RegisterFlags.KeepsOrder : 0);

    private void Attach(Registered registered, long now)
    {
        if (registered.HeartbeatMs is >= SessionSettings.MinHeartbeatMs and <= SessionSettings.MaxHeartbeatMs)
            _heartbeatMs = (int)registered.HeartbeatMs;
        Phase = SessionPhase.Attached;
        _knownEpoch = Math.Max(_knownEpoch, registered.Epoch);
        _dueAt = now + _heartbeatMs;
        _beatAt = now + (_heartbeatMs / 3);
        _restMs = FirstRestMs;
        _refusals = 0;
        _hasLooked = _hasMissed = false;
        if (_started) listener.OnReconnected();
        else outputs.Started(Fault.None);
        _started = true;
        if (_openUpdate is not null) outputs.Send(_openUpdate);
    }

    private void ReceiveRefused(Refused refused, long now)
    {
        if (refused.Code == RefusedCode.Mismatch) _openUpdate = null;
        if (_started) listener.OnRefused(refused);
        if (refused.Code == RefusedCode.Mismatch) return;
        outputs.HangUp();
        var fault = new Fault(Status.Coordinator, refused.Text);
        if (refused.Code != RefusedCode.NoMajority)
        {
            Closed(fault with { Status = Status.Refused }, now);
            return;
        }

        // The next one of the list may have the others.
        if (Phase == SessionPhase.Attached)
        {
            listener.OnDisconnected(Named(fault));
            _aloneSince = now;
        }

        TryNext(fault, now);
    }

    private void End(Fault fault)
    {
        Phase = SessionPhase.Ended;
        if (_started) return;
        _started = true;
        outputs.Started(fault);
    }

    private Fault StartFault()
    {
        IEnumerable<string> tried = coordinators.Select((name, i) => $"{name}: {_problems[i] ?? "no answer yet"}");
        return new Fault(
            _refusal.IsNone ? Status.Coordinator : Status.Refused,
            $"no coordinator took this member within {settings.DeadlineMs} ms; start one with `collectives coordinator --listen HOST:PORT` "
            + $"or correct the address; tried {string.Join("; ", tried)}");
    }
}
