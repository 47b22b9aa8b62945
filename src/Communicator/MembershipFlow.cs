using System.Diagnostics.CodeAnalysis;
using Collectives.Algorithms.Schedules;
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
internal sealed class MembershipFlow : ICoordinatorListener, ILinkListener, IDisposable
{
    /// <summary>How long a member that goes waits for its last frames to leave.</summary>
    public const int FarewellMs = 2000;

    /// <summary>After a coordinator was lost, the next one is told of links that go down for so long.</summary>
    private const int TellLinksMs = 5000;

    private readonly ILoop _loop;
    private readonly OperationEngine _engine;
    private readonly INetwork _network;
    private readonly MemberId _self;
    private readonly List<Epoch> _epochs = [];
    private readonly Completion _change = new();
    private readonly Lock _callers = new();
    private ICoordinatorSession? _session;
    private Epoch? _forming;
    private readonly HashSet<MemberId> _lost = [];
    private long _tellLinksUntilMs = long.MinValue;

    // Links that have been down for too long. The coordinator has been told, or will be when it is back.
    private readonly Dictionary<Peer, Fault> _lostLinks = [];
    private bool _saidReady;
    private ulong _previous;
    private bool _hasFailures;
    private Verdict? _verdict;
    private bool _changing;
    private Fault _changeFault;
    private Fault _closed;
    private Fault _disconnected;
    private Waiting? _waiting;
    private EpochInfo _info;
    private readonly Lock _infoLock = new();

    public MembershipFlow(ILoop loop, OperationEngine engine, INetwork network, MemberId self)
    {
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

    public void OnActivate(ulong epoch) => Post(() => Activate(epoch));

    public void OnPending(uint count) => Post(() =>
    {
        _engine.PendingMembers = (int)Math.Min(count, int.MaxValue);
        Publish();
    });

    public void OnSettle(Settle settle) => Post(() => Freeze(settle));

    public void OnVerdict(Verdict verdict) => Post(() => GoOn(verdict));

    public void OnInquire(Inquire inquire) => Post(() =>
    {
        if (_closed.IsNone) _session!.Inquired(new Inquired(inquire.Number, _engine.Inquire(KeyOf(inquire.Name))));
    });

    public void OnRuling(Ruling ruling) => Post(() => Obey(ruling));

    public void OnRecall() => Post(() =>
    {
        if (_engine.Epoch is { } epoch) _session?.Recalled(new Recalled(epoch.Roster, _previous, _hasFailures, _verdict));
    });

    public void OnEvicted(Evicted evicted) =>
        Post(() => Shut(new Fault(Status.Evicted, $"the others went on without this member ({evicted.Reason}): {evicted.Text}")));

    public void OnRefused(Refused refused) => Post(() =>
    {
        // It is sent on to the next coordinator, and waits there.
        if (refused.Code == RefusedCode.NoMajority && _engine.Epoch is null) return;
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

    public void LinkUp(Peer peer)
    {
        // What was complained of is over.
        if (_lostLinks.Remove(peer)) TellLinks();
        CheckReady();
    }

    public void LinkDown(Peer peer)
    {
        if (_loop.NowMs < _tellLinksUntilMs) TellLinks();
    }

    public void LinkLost(Peer peer, Fault fault)
    {
        _lostLinks[peer] = fault;
        Complain(peer, fault);
    }

    public void KeepsWaiting(Epoch epoch, int rank, string text) => _session?.Unreachable(epoch.Number, epoch.Roster[rank].Id, text);

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

    /// <summary>A roster to connect to; a later one replaces it.</summary>
    private void Prepare(Form form)
    {
        if (!_closed.IsNone || form.Roster.Epoch <= _engine.Epoch?.Number) return;
        if (form.Roster.Equals(_forming?.Roster))
        {
            // A coordinator that this member is new to, or back at, does not know yet what it has said.
            _saidReady = false;
            CheckReady();
            return;
        }

        Epoch epoch = new(form.Roster, _self);
        if (epoch.Rank < 0) return;
        FaultHook.Pass(FaultPoint.Forming);
        if (_forming is not null) Retire(_forming);
        _forming = epoch;
        _saidReady = false;
        _epochs.Add(epoch);
        Connect(epoch);
        CheckReady();
    }

    /// <summary>Takes the links that the epoch needs, and makes those that are missing.</summary>
    private void Connect(Epoch epoch)
    {
        for (int rank = 0; rank < epoch.World; rank++)
        {
            if (!LinkSchedule.Needs(epoch.Rank, rank, epoch.World)) continue;
            RosterMember member = epoch.Roster[rank];
            Peer peer = _engine.PeerOf(member.Id, _network.Open(member.Id, member.Host, member.Port));
            epoch.Attach(rank, peer);
            peer.Uses++;
        }
    }

    private void CheckReady()
    {
        if (_forming is null || _saidReady || _session is null) return;
        foreach (Peer? peer in _forming.Peers)
        {
            if (peer is { Link.IsUp: false }) return;
        }

        FaultHook.Pass(FaultPoint.Ready);
        _saidReady = true;
        _session.Ready(_forming.Number);
    }

    private void Activate(ulong number)
    {
        if (!_closed.IsNone) return;
        if (_forming?.Number == number)
        {
            Epoch? previous = _engine.Epoch;
            (_previous, _hasFailures, _verdict) = (previous?.Number ?? 0, false, null);
            _engine.Activate(_forming);
            _forming = null;
            if (previous is not null) Retire(previous);
            FaultHook.Pass(FaultPoint.Active);
        }
        else if (_forming is not null && _engine.Epoch?.Number == number)
        {
            // The epoch stays. What formed under a coordinator that is gone will never be.
            Retire(_forming);
            _forming = null;
        }

        Publish();
        if (_changing) EndChange(Fault.None);
    }

    private void Complain(Peer peer, Fault fault)
    {
        foreach (Epoch epoch in _epochs)
        {
            if (epoch.RankOf(peer) >= 0) _session?.Unreachable(epoch.Number, peer.Id, fault.Message);
        }
    }

    /// <summary>
    /// A coordinator that is new to the epoch waits for those that somebody is connected to, and for others not so long. Complaints of
    /// links that are up are withdrawn.
    /// </summary>
    private void TellLinks()
    {
        if (_engine.Epoch is { } epoch) _session?.Links(new Links([.. epoch.Peers.OfType<Peer>().Select(peer => (peer.Id, peer.Link.IsConnected))]));
    }

    private void AskForUpdate()
    {
        _session!.Update(_engine.Epoch!.Number, _engine.Epoch.Lineage.NextNumber);
        FaultHook.Pass(FaultPoint.Updating);
    }

    /// <summary>Members are lost: all operations stand still until the verdict.</summary>
    private void Freeze(Settle settle)
    {
        _lost.UnionWith(settle.Losses.Select(loss => loss.Member));
        if (!_closed.IsNone || _engine.Epoch is null || settle.Epoch <= _engine.Epoch.Number) return;
        FaultHook.Pass(FaultPoint.Settling);
        foreach (Epoch epoch in Running()) epoch.FrozenFor = settle.Epoch;
        _session!.Settled(new Settled(settle.Epoch, [.. _engine.Freeze()]));
        FaultHook.Pass(FaultPoint.Settled);
    }

    /// <summary>Epochs go on without the members that were lost.</summary>
    private void GoOn(Verdict verdict)
    {
        // It may come twice, over an old session and a new one.
        if (!_closed.IsNone || _engine.Epoch is null || verdict.Epoch <= _engine.Epoch.Number) return;
        FaultHook.Pass(FaultPoint.Verdict);
        HashSet<MemberId> lost = [.. verdict.Losses.Select(loss => loss.Member)];
        HashSet<OperationKey> forward = [.. verdict.Forward.Select(KeyOf)];
        HashSet<OperationKey> fail = [.. verdict.Fail.Select(KeyOf)];
        (_previous, _hasFailures, _verdict) = (verdict.Previous, _hasFailures || verdict.Fail.Length > 0, verdict);
        _engine.LoseKeepers(lost);
        Dictionary<Epoch, Epoch> successors = [];
        // Whole epochs first: parts of them are parts of what they go on as.
        foreach (Epoch epoch in Running().OrderBy(epoch => epoch.IsPart).ToArray())
        {
            Epoch next = epoch.Without(lost, verdict.Epoch, epoch.IsPart ? SuccessorOf(epoch.Whole) : null);
            successors[epoch] = next;
            _epochs.Add(next);
            Connect(next);
            _engine.Resume(epoch, next, forward, fail, Describe(epoch, verdict.Losses));
            Retire(epoch);
            // An older epoch lives for its operations only.
            if (next != _engine.Epoch) Retire(next);
        }

        Publish();
        FaultHook.Pass(FaultPoint.Resumed);
        if (_changing && _engine.Epoch.Rank >= 0) AskForUpdate();

        Epoch SuccessorOf(Epoch whole) => successors.TryGetValue(whole, out Epoch? next) ? next : successors[whole] = whole.Without(lost, verdict.Epoch);
    }

    /// <summary>An operation that has passed its deadline goes on, or not, without those that had not called it.</summary>
    private void Obey(Ruling ruling)
    {
        OperationKey key = KeyOf(ruling.Name);
        Operation? operation = _engine.StandingStill(key);
        if (!_closed.IsNone || _engine.Epoch is not { } current) return;
        HashSet<MemberId> leftOut = [.. ruling.LeftOut];
        Epoch epoch = operation?.Epoch ?? current;
        if (leftOut.Contains(_self))
        {
            if (ruling.Outcome != RulingOutcome.WithoutLate || operation is { HasRun: true }) return;
            Epoch present = epoch.Without(leftOut, ruling.Number, epoch.Whole);
            Epoch delivery = epoch.WithKeeper(present.Roster[0], ruling.Number);
            delivery.Attach(0, epoch.Peers[epoch.Roster.RankOf(present.Roster[0].Id)]!);
            _engine.BeLate(key, new LateTicket(delivery, present), operation);
            return;
        }

        if (operation is null) return;
        if (ruling.Outcome is not (RulingOutcome.Forward or RulingOutcome.WithoutLate))
        {
            _engine.Fail(operation, new Fault(Status.Deadline, $"{key} ({operation.Signature}) has passed its deadline: {ruling.Text}"));
            return;
        }

        Epoch next = epoch.Without(leftOut, ruling.Number, epoch.Whole);
        _epochs.Add(next);
        Connect(next);
        if (leftOut.Count > 0 && next.Rank == 0)
            _engine.KeepFor(key, next, leftOut.Select(epoch.Roster.RankOf).Where(rank => rank >= 0).Select(rank => epoch.Peers[rank]!));
        _engine.GoOn(operation, next, ruling.Outcome == RulingOutcome.Forward);
        Retire(next);
    }

    private static OperationKey KeyOf(OperationName name) => new(name.Origin, name.Number);

    /// <summary>All epochs but the one that forms.</summary>
    private IEnumerable<Epoch> Running() => _epochs.Where(epoch => epoch != _forming);

    private static Fault Describe(Epoch epoch, IReadOnlyList<Loss> losses)
    {
        IEnumerable<string> words = losses.Where(loss => epoch.Roster.RankOf(loss.Member) >= 0).Select(loss =>
            epoch.Describe(epoch.Roster.RankOf(loss.Member)) + (loss.Reason == LossReason.Left ? " has left" : $" was lost ({loss.Reason}: {loss.Text})"));
        string lost = string.Join("; ", words);
        return new Fault(Status.PeerLost, lost.Length > 0
            ? lost + "; the others go on without"
            : "a member was thought to be lost, and another one has given the operation up meanwhile or cannot begin it again");
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

    /// <summary>The epoch is over; links that no other epoch uses are closed once its operations have ended.</summary>
    private void Retire(Epoch epoch)
    {
        if (epoch.OpenOperations > 0)
        {
            epoch.WhenIdle = () => Post(() => Retire(epoch));
            return;
        }

        if (!_epochs.Remove(epoch)) return;
        foreach (Peer? peer in epoch.Peers)
        {
            if (peer is null || --peer.Uses > 0) continue;
            _network.Close(peer.Link);
            _engine.Remove(peer);
            _lostLinks.Remove(peer);
        }
    }

    private IEnumerable<string> MissingLinks(Epoch epoch)
    {
        for (int rank = 0; rank < epoch.World; rank++)
        {
            if (epoch.Peers[rank] is { Link.IsUp: false }) yield return epoch.Describe(rank);
        }
    }

    private void Publish()
    {
        if (_engine.Epoch is not { } epoch) return;
        EpochInfo info = new(epoch.Number, epoch.Rank, epoch.World, _engine.PendingMembers, _self);
        lock (_infoLock) _info = info;
    }

    /// <summary>Waits on the loop until everything has left, for a bounded time.</summary>
    private sealed class Farewell(MembershipFlow flow, Completion done, long deadlineMs) : ILoopMessage, ILoopTicker
    {
        private bool _ended;

        public void Run()
        {
            flow._loop.Add(this);
            Tick(flow._loop.NowMs);
        }

        public void Tick(long nowMs)
        {
            if (_ended || (nowMs < deadlineMs && flow._engine.Peers.Any(IsOwedSomething))) return;
            _ended = true;
            flow._network.Dispose();
            flow._loop.End(done);
        }

        // A member that has gone before takes nothing more.
        private bool IsOwedSomething(Peer? peer) => peer is { Link: { IsUp: true, HasUnsent: true } } && !flow._lost.Contains(peer.Id);
    }

    private void Post(ILoopMessage message) => _loop.Post(message);

    private void Post(Action action) => _loop.Post(new Message(action));

    private sealed class Message(Action action) : ILoopMessage
    {
        public void Run() => action();
    }
}
