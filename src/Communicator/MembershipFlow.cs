using System.Diagnostics.CodeAnalysis;
using Collectives.Algorithms.Schedules;
using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Membership.Session;
using Collectives.Transport;
using Collectives.Transport.Progress;

namespace Collectives.Communication;

/// <summary>
/// Follows the coordinator's word: makes the links of a forming epoch, says when they are up, switches over when
/// the epoch becomes active, and ends operations when a member is lost. What the session's thread hears is
/// posted to the loop; everything else here runs there.
/// </summary>
internal sealed class MembershipFlow : ICoordinatorListener, ILinkListener, ILoopTicker, IDisposable
{
    /// <summary>How long a member that goes waits for its last frames to leave.</summary>
    public const int FarewellMs = 2000;

    /// <summary>How long the last frames of a member that is gone may take to be read.</summary>
    private const int LastFramesMs = 500;

    private readonly ProgressLoop _loop;
    private readonly OperationEngine _engine;
    private readonly INetwork _network;
    private readonly MemberId _self;
    private readonly List<Epoch> _epochs = [];
    private readonly Completion _change = new();
    private readonly Lock _callers = new();
    private CoordinatorSession? _session;
    private Epoch? _forming;
    private readonly List<Departure> _departures = [];
    private readonly HashSet<MemberId> _lost = [];
    private bool _saidReady;
    private bool _changing;
    private Fault _changeFault;
    private Fault _closed;
    private Fault _disconnected;
    private Waiting? _waiting;
    private EpochInfo _info;
    private readonly Lock _infoLock = new();

    public MembershipFlow(ProgressLoop loop, OperationEngine engine, INetwork network, MemberId self)
    {
        _loop = loop;
        _engine = engine;
        _network = network;
        _self = self;
        _info = new EpochInfo(0, 0, 0, 0, self);
        _changing = true;
        engine.LinkListener = this;
        loop.Add(this);
    }

    public EpochInfo Info
    {
        get
        {
            lock (_infoLock) return _info;
        }
    }

    /// <summary>The session, once it is known; the coordinator may have spoken already.</summary>
    public void Attach(CoordinatorSession session) => Post(() =>
    {
        _session = session;
        CheckReady();
    });

    /// <summary>The first epoch. Caller's thread.</summary>
    public Fault AwaitEpoch(long deadlineMs, int minMembers)
    {
        if (_loop.Wait(_change, deadlineMs)) return _changeFault;
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
            Completion posted = _change;
            posted.Reset();
            Post(() =>
            {
                _changing = true;
                _changeFault = Fault.None;
                if (!_closed.IsNone) EndChange(_closed);
                else _session!.Update(_engine.Epoch!.Number, _engine.Closed.IsNone ? _engine.Epoch.NextNumber : 0);
            });
            if (_loop.Wait(posted, deadlineMs)) return _changeFault;
            return new Fault(Status.Deadline, $"the update of epoch {_info.Epoch} did not end within {deadlineMs} ms: all active members must call it"
                + (_disconnected.IsNone ? "" : $"; the coordinator is gone: {_disconnected.Message}"));
        }
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
        Post(new Farewell(this, done, Environment.TickCount64 + farewellMs));
        _loop.Wait(done, -1);
    }

    public void Dispose() => _change.Dispose();

    public void OnWaiting(Waiting waiting) => Post(() => _waiting = waiting);

    public void OnForm(Form form) => Post(() => Prepare(form));

    public void OnActivate(ulong epoch) => Post(() => Activate(epoch));

    public void OnPending(uint count) => Post(() =>
    {
        _engine.PendingMembers = (int)Math.Min(count, int.MaxValue);
        Publish();
    });

    public void OnLost(Lost lost) => Post(() => Lose(lost));

    public void OnEvicted(Evicted evicted) =>
        Post(() => Shut(new Fault(Status.Evicted, $"the others went on without this member ({evicted.Reason}): {evicted.Text}")));

    public void OnRefused(Refused refused) => Post(() =>
    {
        Fault fault = refused.Code == RefusedCode.Mismatch
            ? new Fault(Status.Mismatch, refused.Text)
            : new Fault(Status.Refused, $"the coordinator refuses this member: {refused.Text}");
        if (_changing) EndChange(fault);
    });

    public void OnDisconnected(Fault fault) => Post(() => _disconnected = fault);

    public void OnReconnected() => Post(() => _disconnected = Fault.None);

    public void Tick(long nowMs)
    {
        if (_departures.Count > 0) CheckDepartures(nowMs);
    }

    public void LinkUp(Peer peer) => CheckReady();

    public void LinkDown(Peer peer)
    {
        if (_departures.Count > 0) CheckDepartures(Environment.TickCount64);
    }

    public void LinkLost(Peer peer, Fault fault)
    {
        foreach (Epoch epoch in _epochs)
        {
            if (epoch.RankOf(peer) < 0) continue;
            _session?.Unreachable(epoch.Number, peer.Id, fault.Message);
            if (epoch == _engine.Epoch && _engine.Closed.IsNone && _closed.IsNone)
                _engine.Close(new Fault(Status.PeerLost, $"{epoch.Describe(epoch.RankOf(peer))} cannot be reached: {fault.Message}"));
        }

        _engine.Remove(peer);
    }

    /// <summary>A roster to connect to; a later one replaces it.</summary>
    private void Prepare(Form form)
    {
        if (!_closed.IsNone) return;
        Epoch epoch = new(form.Roster, _self);
        if (epoch.Rank < 0) return;
        if (_forming is not null) Retire(_forming);
        _forming = epoch;
        _saidReady = false;
        _epochs.Add(epoch);
        for (int rank = 0; rank < epoch.World; rank++)
        {
            if (!LinkSchedule.Needs(epoch.Rank, rank, epoch.World)) continue;
            RosterMember member = epoch.Roster[rank];
            Peer peer = _engine.PeerOf(member.Id, _network.Open(member.Id, member.Host, member.Port));
            epoch.Attach(rank, peer);
            peer.Uses++;
        }

        CheckReady();
    }

    private void CheckReady()
    {
        if (_forming is null || _saidReady || _session is null) return;
        foreach (Peer? peer in _forming.Peers)
        {
            if (peer is { Link.IsUp: false }) return;
        }

        _saidReady = true;
        _session.Ready(_forming.Number);
    }

    private void Activate(ulong number)
    {
        if (!_closed.IsNone) return;
        if (_forming?.Number == number)
        {
            Epoch? previous = _engine.Epoch;
            _engine.Activate(_forming);
            _forming = null;
            _engine.Reopen();
            _lost.Clear();
            if (previous is not null) Retire(previous);
        }

        Publish();
        if (_changing) EndChange(Fault.None);
    }

    private void Lose(Lost lost)
    {
        if (_engine.Epoch is not { } epoch || epoch.Number != lost.Epoch || !_lost.Add(lost.Member)) return;
        int rank = epoch.Roster.RankOf(lost.Member);
        string who = rank < 0 ? lost.Member.ToString() : epoch.Describe(rank);
        string why = lost.Reason == LossReason.Left ? "has left" : $"was lost ({lost.Reason}: {lost.Text})";
        Fault fault = new(Status.PeerLost, $"{who} {why}; call coll_comm_update to go on without it");

        // What it sent before it went may still be on its way to us, and complete an operation that it has completed:
        // its connections are read to their end first. One that is silent has nothing more to say.
        bool mayHaveSpoken = lost.Reason is LossReason.Left or LossReason.Disconnected;
        if (mayHaveSpoken && rank >= 0 && epoch.Peers[rank] is { Link.IsUp: true } peer)
            _departures.Add(new Departure(epoch, peer, fault, lost.Reason == LossReason.Left, Environment.TickCount64 + LastFramesMs));
        else CloseEpoch(epoch, fault);
        CheckDepartures(Environment.TickCount64);
    }

    private void CloseEpoch(Epoch epoch, Fault fault)
    {
        if (_engine.Epoch == epoch && _engine.Closed.IsNone) _engine.Close(fault);
    }

    /// <summary>Members that are gone, whose connections are being read to their end.</summary>
    private void CheckDepartures(long nowMs)
    {
        for (int i = _departures.Count - 1; i >= 0; i--)
        {
            Departure departure = _departures[i];
            if (nowMs < departure.DeadlineMs && (departure.Peer.Link.IsConnected || MayEndWell(departure))) continue;
            _departures.RemoveAt(i);
            CloseEpoch(departure.Epoch, departure.Fault);
        }
    }

    /// <summary>
    /// A member that leaves in order has ended its operations: one that it was done with may have succeeded there, and
    /// what is missing here is the word of members that stay. It is on its way, since the one that left has heard it.
    /// </summary>
    private bool MayEndWell(in Departure departure) =>
        departure.InOrder && _engine.HasFinished(departure.Epoch, departure.Epoch.RankOf(departure.Peer));

    private readonly record struct Departure(Epoch Epoch, Peer Peer, Fault Fault, bool InOrder, long DeadlineMs);

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

        _epochs.Remove(epoch);
        foreach (Peer? peer in epoch.Peers)
        {
            if (peer is null || --peer.Uses > 0) continue;
            _network.Close(peer.Link);
            _engine.Remove(peer);
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
            Tick(Environment.TickCount64);
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
