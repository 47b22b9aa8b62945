using System.Collections.Immutable;
using Collectives.Algorithms.Topology;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Topology;

/// <summary>
/// Finds the order of a group's members in which their links carry the most (<see cref="RingPlanner"/>). It has the links of which
/// nothing is known probed, follows what members report, and has a better order ready for the next admission point; what the operations
/// reach in it decides whether it stays. State without a clock or sockets, as all of the coordinator.
/// </summary>
/// <param name="send">To a member, if it has a session.</param>
internal sealed class OrderChooser(Action<MemberId, ControlMessage> send)
{
    /// <summary>Another order must be predicted to be so much faster.</summary>
    private const double WorthIt = 1.1, WorthMuch = 1.3;

    /// <summary>And than one that was chosen, for so long, or so long if it is much faster: measured rates come and go.</summary>
    private const int SureAfterMs = 10_000, SureOfMuchAfterMs = 3000;

    /// <summary>Links on which the operations have just begun look slower than they are: TCP feels its way.</summary>
    private const int CalmMs = 10_000;

    /// <summary>Reports of several members that belong together come within that.</summary>
    private const int PlanAfterMs = 100;

    /// <summary>A plan takes tenths of a second in a large world, in which the coordinator does nothing else.</summary>
    private const int PlanEveryMs = 2000;

    /// <summary>What has been tried and was worse is not tried again for so long.</summary>
    private const long BanMs = 600_000;

    private const int RefreshMs = 60_000;

    private readonly ProbeRounds _probes = new();
    private readonly Dictionary<MemberId, WorkHistory> _work = [];
    private readonly List<(MemberOrder Order, long Until)> _banned = [];
    private ImmutableArray<MemberId> _members = [];
    private MemberOrder? _current;
    private OrderTrial? _trial;
    // What is better is the former order, whatever the links are said to carry.
    private bool _goesBack;
    private int _plannedChanges = -1;
    private bool _isChosen;
    private long _calmUntil = long.MinValue / 2;
    private long _worthItSince = long.MaxValue;
    private long _plannedAt = long.MinValue / 2;
    private long _planAt = long.MaxValue;
    private long _refreshAt = long.MaxValue;

    public LinkMatrix Matrix { get; } = new();

    /// <summary>For the next admission point; null: the present one is as good.</summary>
    public MemberOrder? Better { get; private set; }

    /// <summary>Links that are still to be probed, each direction for itself.</summary>
    public int ProbesLeft => _probes.Left;

    public bool IsOnTrial => _trial is not null;

    /// <summary>The present order as it is judged now; null as long as links are not known.</summary>
    public RingPlan? Judged { get; private set; }

    /// <summary>Of an all-reduce of <see cref="PlannerOptions.NominalBytes"/> in it; 0: not known.</summary>
    public double PredictedSeconds => Judged is { } judged ? Seconds(judged) : 0;

    public long DueAt => Math.Min(_probes.DueAt, Math.Min(_planAt, _refreshAt));

    /// <summary>An epoch has begun.</summary>
    /// <param name="isFree">Whether the order of the members may be chosen.</param>
    public void Begin(Roster roster, bool isFree, long now)
    {
        MemberOrder order = MemberOrder.Of(roster);
        _members = [.. roster.Members.Select(member => member.Id)];
        _probes.Keep(_members.Contains);
        Matrix.Keep(_members.Contains);
        foreach (MemberId gone in _work.Keys.Except(_members).ToArray()) _work.Remove(gone);
        if (Better is not null && order.Equals(Better))
        {
            // Where it goes back to has been tried before.
            _trial = _goesBack ? null : OrderTrial.Begin(_current!, order, _work);
            _calmUntil = now + CalmMs;
        }
        else if (!order.Equals(_current)) _trial = null;
        _current = order;
        (Better, Judged, _goesBack) = (null, null, false);
        _isChosen = !roster.Rings.IsEmpty;
        _worthItSince = long.MaxValue;
        _plannedChanges = -1;
        if (!isFree || _members.Length is <= 2 or > Roster.MaxRingWorld)
        {
            Rest();
            return;
        }

        _planAt = long.MaxValue;
        AddProbes(now);
        Advance(now);
    }

    /// <summary>The epoch is over, and none follows yet.</summary>
    public void End()
    {
        (Better, Judged, _trial, _current, _goesBack) = (null, null, null, null, false);
        Rest();
    }

    public void Note(MemberId member, Report report, long now)
    {
        Matrix.Note(member, report, _members.Contains, now);
        if (!_work.TryGetValue(member, out WorkHistory? history)) _work.Add(member, history = new WorkHistory());
        history.Note(report.Work);
        if (_trial?.IsWorse(_work) is { } isWorse) EndTrial(isWorse, now);
        PlanSoon(now);
    }

    public void Note(MemberId member, Ready ready) => Matrix.Note(member, ready);

    public void Note(MemberId member, Probed answer, long now)
    {
        if (_probes.Answer(answer.Number, member) is not { } peer) return;
        Matrix.NoteRoundTrip(member, peer, answer.RoundTripUs);
        if (answer.Rate > 0) Matrix.NoteRate(member, peer, answer.Rate, now);
        Advance(now);
    }

    /// <summary>Whether what is better has changed.</summary>
    public bool Tick(long now)
    {
        _probes.Expire(now);
        if (now >= _refreshAt) AddProbes(now);
        Advance(now);
        if (now < _planAt) return false;
        _planAt = long.MaxValue;
        MemberOrder? before = Better;
        Plan(now);
        return (before is null) != (Better is null);
    }

    /// <summary>How the epoch that forms from these members is to be ordered.</summary>
    public ImmutableArray<RosterRing> RingsFor(ImmutableArray<RosterMember> members) => (Better ?? _current)?.For(members) ?? [];

    /// <summary>What is known now of these members' links, for an epoch of them that begins.</summary>
    public LinkTable TableOf(Roster roster) => LinkTable.Of(
        roster.World, (one, other) => Matrix.RoundTripUs(roster[one].Id, roster[other].Id), (from, to) => Matrix[roster[from].Id, roster[to].Id].Rate);

    /// <summary>Nothing is to be found out.</summary>
    private void Rest()
    {
        _members = [];
        _probes.Keep(_ => false);
        _planAt = _refreshAt = long.MaxValue;
    }

    private static double Seconds(RingPlan plan) => plan.PredictedSeconds(PlannerOptions.Default.NominalBytes);

    private void AddProbes(long now)
    {
        _refreshAt = now + RefreshMs;
        foreach (MemberId from in _members)
        {
            foreach (MemberId to in _members)
                if (from != to && Matrix.NeedsProbe(from, to, now)) _probes.Add(from, to, Matrix.RoundTripUs(from, to));
        }
    }

    private void Advance(long now)
    {
        foreach ((ulong number, MemberId from, MemberId to, int limitMs) in _probes.Start(now)) send(from, new Probe(number, to, (uint)limitMs));
        PlanSoon(now);
    }

    private void PlanSoon(long now)
    {
        if (_members.IsEmpty || !_probes.IsDone || _plannedChanges == Matrix.Changes) return;
        _planAt = Math.Min(_planAt, Math.Max(Math.Max(now + PlanAfterMs, _plannedAt + PlanEveryMs), _calmUntil));
    }

    private void Plan(long now)
    {
        (_plannedChanges, _plannedAt) = (Matrix.Changes, now);
        if (Costs() is not { } costs) return;
        Judged = RingPlan.Evaluate(_current!.Rings.Select(ring => (Ranks(ring.Order), ring.Share)), costs);
        if (_goesBack) return;
        Better = null;
        if (RingPlanner.Plan(costs) is not { } plan) return;
        double gain = PredictedSeconds / Seconds(plan);
        if (gain < WorthIt)
        {
            _worthItSince = long.MaxValue;
            return;
        }

        _worthItSince = Math.Min(_worthItSince, now);
        long sureAt = _worthItSince + (gain < WorthMuch ? SureAfterMs : SureOfMuchAfterMs);
        if (_isChosen && now < sureAt)
        {
            _planAt = Math.Max(sureAt, now + PlanEveryMs);
            return;
        }

        MemberOrder order = new([.. plan.Rings.Select(ring => new MemberRing([.. ring.Order.Select(rank => _members[rank])], ring.Share))]);
        _banned.RemoveAll(ban => ban.Until <= now);
        if (_banned.Any(ban => ban.Order.Equals(order))) return;
        Better = order;
    }

    private void EndTrial(bool isWorse, long now)
    {
        OrderTrial trial = _trial!;
        _trial = null;
        if (!isWorse) return;
        _banned.Add((trial.Chosen, now + BanMs));
        (Better, _goesBack) = (trial.Former, true);
    }

    /// <summary>By rank. Null: of a link nothing is known yet at either end, or no rate of any far one. What could not be measured counts as half of the slowest.</summary>
    private LinkCosts? Costs()
    {
        int world = _members.Length;
        var rates = new double[world * world];
        var latencies = new double[world * world];
        double slowest = double.PositiveInfinity;
        bool anyFar = false;
        for (int from = 0; from < world; from++)
        {
            for (int to = 0; to < world; to++)
            {
                if (from == to) continue;
                if (!Matrix.IsKnown(_members[from], _members[to])) return null;
                int at = from * world + to;
                latencies[at] = Matrix.RoundTripUs(_members[from], _members[to]) / 2e6;
                bool far = Matrix.IsFar(_members[from], _members[to]);
                anyFar |= far;
                rates[at] = far ? Matrix[_members[from], _members[to]].Rate : double.PositiveInfinity;
                if (rates[at] > 0) slowest = Math.Min(slowest, rates[at]);
            }
        }

        if (!anyFar || double.IsInfinity(slowest)) return null;
        for (int i = 0; i < rates.Length; i++)
            if (rates[i] == 0) rates[i] = slowest / 2;
        return new LinkCosts(world, rates, latencies);
    }

    private ImmutableArray<int> Ranks(ImmutableArray<MemberId> order) => [.. order.Select(id => _members.IndexOf(id))];
}
