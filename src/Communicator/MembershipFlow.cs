using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Membership.Session;
using Collectives.Transport;
using Collectives.Transport.Faults;
using Collectives.Transport.Logging;
using Collectives.Transport.Progress;

namespace Collectives.Communication;

/// <summary>
/// Follows the coordinator's word: makes the links of a forming epoch, says when they are up, switches over when
/// the epoch becomes active, and takes operations through the loss of members. What the session's thread hears is
/// posted to the loop; everything else here runs there.
/// </summary>
internal sealed partial class MembershipFlow : ICoordinatorListener, ILinkListener, IDisposable
{
    /// <summary>How long a member that goes waits for its last frames to leave.</summary>
    public const int FarewellMs = 2000;

    /// <summary>After a coordinator was lost, the next one is told of links that go down for so long.</summary>
    private const int TellLinksMs = 5000;

    private readonly ILoop _loop;
    private readonly OperationEngine _engine;
    private readonly INetwork _network;
    private readonly MemberId _self;
    private readonly bool _keepsOrder;
    private ICoordinatorSession? _session;

    // All that have links: the active one, those before it whose operations still run, and the one that forms.
    private readonly List<Epoch> _epochs = [];
    private Epoch? _forming;
    private bool _saidReady;

    // What a coordinator that takes the group over asks for: how the active epoch came about.
    private ulong _previous;
    private bool _hasFailures;
    private Verdict? _verdict;

    // Links that have been down for too long. The coordinator has been told, or will be when it is back.
    private readonly Dictionary<Peer, Fault> _lostLinks = [];
    private readonly HashSet<MemberId> _lost = [];
    private long _tellLinksUntilMs = long.MinValue;

    // The change of epoch that a caller waits for, and what it is told when that does not end in time.
    private readonly Lock _callers = new();
    private readonly Completion _change = new();
    private bool _changing;
    private Fault _changeFault;
    private Waiting? _waiting;
    private Fault _disconnected;

    private Fault _closed;
    private readonly Lock _infoLock = new();
    private EpochInfo _info;

    public MembershipFlow(ILoop loop, OperationEngine engine, INetwork network, MemberId self, bool keepsOrder = false)
    {
        _keepsOrder = keepsOrder;
        _loop = loop;
        _engine = engine;
        _network = network;
        _self = self;
        _info = new EpochInfo(0, 0, 0, 0, self);
        _changing = true;
        engine.LinkListener = this;
    }

    public EpochInfo Info
    {
        get
        {
            lock (_infoLock) return _info;
        }
    }

    /// <summary>The session, once it is known; the coordinator may have spoken already.</summary>
    public void Attach(ICoordinatorSession session) => Post(() =>
    {
        _session = session;
        FaultHook.Pass(FaultPoint.Registered);
        CheckReady();
    });

    /// <summary>The first epoch. Caller's thread.</summary>
    public Fault AwaitEpoch(long deadlineMs, int minMembers)
    {
        if (_loop.Wait(Change, deadlineMs)) return ChangeFault;
        string known = _waiting is { } waiting ? $"{waiting.Present} of {waiting.Needed} members were there" : "the coordinator had not told how many members there are";
        if (_info.Epoch == 0 && _forming is { } forming)
            known = $"epoch {forming.Number} of {forming.World} members was forming, without a link to {string.Join(", ", MissingLinks(forming))}";
        if (!_disconnected.IsNone) known += $"; the coordinator is gone: {_disconnected.Message}";
        return new Fault(Status.Deadline, $"no epoch formed within {deadlineMs} ms (min_members {minMembers}): {known}");
    }

    /// <summary>The admission point. Caller's thread.</summary>
    public Fault Update(long deadlineMs)
    {
        lock (_callers)
        {
            if (_loop.Wait(BeginUpdate(), deadlineMs)) return ChangeFault;
            Post(() => _changing = false);
            return new Fault(Status.Deadline, $"the update of epoch {_info.Epoch} did not end within {deadlineMs} ms: all active members must call it"
                + (_disconnected.IsNone ? "" : $"; the coordinator is gone: {_disconnected.Message}"));
        }
    }

    /// <summary>The end of the change of epoch that is waited for: of the first epoch's coming, or of an update.</summary>
    public Completion Change => _change;

    /// <summary>How that ended.</summary>
    public Fault ChangeFault => _changeFault;

    /// <summary>An update without the wait for its end. One caller at a time.</summary>
    public Completion BeginUpdate()
    {
        _change.Reset();
        Post(() =>
        {
            _changing = true;
            _changeFault = Fault.None;
            if (!_closed.IsNone) EndChange(_closed);
            else AskForUpdate();
        });
        return _change;
    }

    /// <summary>Ends everything with that fault. Returns an earlier one, if there is one, which then stays. Caller's thread.</summary>
    public Fault Close(Fault fault)
    {
        using Completion done = new();
        Fault earlier = default;
        Post(() =>
        {
            earlier = _closed;
            if (_closed.IsNone) Shut(fault);
            _loop.End(done);
        });
        _loop.Wait(done, -1);
        return earlier;
    }

    /// <summary>
    /// Sends what is still to be sent, so that the others can finish what this member has finished, then closes all
    /// connections; 0 ms: at once. After <see cref="Close"/>, before the loop stops. Caller's thread.
    /// </summary>
    public void CloseNetwork(int farewellMs)
    {
        using Completion done = new();
        BeginFarewell(done, farewellMs);
        _loop.Wait(done, -1);
    }

    /// <summary>The same without the wait for its end.</summary>
    public void BeginFarewell(Completion done, int farewellMs) => Post(new Farewell(this, done, _loop.NowMs + farewellMs));

    public void Dispose() => _change.Dispose();

    public void OnWaiting(Waiting waiting) => Post(() => _waiting = waiting);

    public void OnForm(Form form) => Post(() => Prepare(form));

    public void OnActivate(Activate activate) => Post(() => Begin(activate));

    public void OnPending(uint count, bool hasBetterOrder) => Post(() =>
    {
        _engine.PendingMembers = (int)Math.Min(count, int.MaxValue);
        _engine.HasBetterOrder = hasBetterOrder;
        Publish();
    });

    public void OnSettle(Settle settle) => Post(() => Freeze(settle));

    public void OnVerdict(Verdict verdict) => Post(() => GoOn(verdict));

    public void OnInquire(Inquire inquire) => Post(() =>
    {
        if (_closed.IsNone) _session!.Inquired(new Inquired(inquire.Number, _engine.Inquire(KeyOf(inquire.Name))));
    });

    public void OnRuling(Ruling ruling) => Post(() => Obey(ruling));

    public void OnRelay(Relay relay) => Post(() => Connect(relay));

    public void OnRecall() => Post(() =>
    {
        if (_engine.Epoch is { } epoch) _session?.Recalled(new Recalled(epoch.Roster, _previous, _hasFailures, _verdict));
    });

    public void OnEvicted(Evicted evicted) =>
        Post(() => Shut(new Fault(Status.Evicted, $"the others went on without this member ({evicted.Reason}): {evicted.Text}")));

    public void OnRefused(Refused refused) => Post(() =>
    {
        // It is sent on to the next coordinator, where the others may be, and waits.
        if (refused.Code == RefusedCode.NoMajority) return;
        Fault fault = refused.Code == RefusedCode.Mismatch
            ? new Fault(Status.Mismatch, refused.Text)
            : new Fault(Status.Refused, $"the coordinator refuses this member: {refused.Text}");
        if (_changing) EndChange(fault);
    });

    public void OnDisconnected(Fault fault) => Post(() => _disconnected = fault);

    public void OnReconnected() => Post(() =>
    {
        _disconnected = Fault.None;
        foreach ((Peer peer, Fault fault) in _lostLinks) Complain(peer, fault);
        _tellLinksUntilMs = _loop.NowMs + TellLinksMs;
        TellLinks();
    });

    public void KeepsWaiting(Epoch epoch, int rank, string text) => _session?.Unreachable(epoch.Number, epoch.Roster[rank].Id, text, isUp: true);

    public void IsLate(Operation operation, LatePolicy policy, string text)
    {
        OperationName name = new(operation.Key.Origin, operation.Key.Number);
        _session?.Late(new Late(_engine.Epoch!.Number, name, operation.Epoch.Number, policy, (uint)operation.Work.Options.MinParticipants, text));
    }

    /// <summary>What the loop ran threw: this member can't be trusted any more, and the others go on without it.</summary>
    public void LoopFailed(Exception bug)
    {
        Log.At(LogLevel.Error, "loop_failed")?.Add("member", _self).Add("text", bug.ToString()).Write();
        Shut(bug is OutOfMemoryException
            ? new Fault(Status.OutOfMemory, "this member ran out of memory, and has left the others")
            : new Fault(Status.Internal, $"bug in the library, please report what COLLECTIVES_LOG=error prints; this member has left the others: {bug.GetType().Name}: {bug.Message}"));
        _session?.Leave();
    }

    public void CannotStay(Fault fault)
    {
        Shut(fault with { Message = fault.Message + "; the others may have ended it otherwise, so this member has left them" });
        _session?.Leave();
    }

    private void AskForUpdate()
    {
        _session!.Update(_engine.Epoch!.Number, _engine.Epoch.Lineage.NextNumber);
        FaultHook.Pass(FaultPoint.Updating);
    }

    private void Shut(Fault fault)
    {
        _closed = fault;
        _engine.Close(fault);
        if (_changing) EndChange(fault);
    }

    private void EndChange(Fault fault)
    {
        _changing = false;
        _changeFault = fault;
        _loop.End(_change);
    }

    private void Publish()
    {
        if (_engine.Epoch is not { } epoch) return;
        EpochInfo info = new(epoch.Number, epoch.Rank, epoch.World, _engine.PendingMembers, _self, epoch.Slot, epoch.Lineage.Slots);
        lock (_infoLock) _info = info;
    }

    private void Post(ILoopMessage message) => _loop.Post(message);

    private void Post(Action action) => _loop.Post(new Message(action));

    private sealed class Message(Action action) : ILoopMessage
    {
        public void Run() => action();
    }
}
