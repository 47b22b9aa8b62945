using System.Collections.Immutable;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>
/// One group's members and epochs. At most one epoch is active and at most one forms.
/// <code>
///   gathering --min_members pending--> forming --all ready--> active --all updated--> forming (next) ...
///                                         |                    |  ^
///     forming again without the lost <----+       lost members |  | all answered: verdict
///                                                              v  |
///                                                             settling
/// </code>
/// While the next epoch forms the active one stays active: its operations go on. A loss is settled first.
/// docs/membership.md has the transitions; the methods here stand in their order.
/// </summary>
internal sealed partial class GroupState(
    uint group, ulong epochFloor, Recalled? lastLed, long formFrom, CoordinatorRules rules, ICoordinatorOutputs outputs)
{
    private readonly Dictionary<MemberId, MemberState> _members = [];

    // By the order of registration. Kept beside the members, since every registration looks at it.
    private readonly SortedDictionary<long, MemberState> _pending = [];
    // Newcomers of an epoch whose forming a settlement has interrupted, and its first operation; null: none was.
    private (List<MemberId> Newcomers, ulong FirstOperation)? _interrupted;
    // An epoch of the group that exists and is not led from here, 0 for none: no other one may form beside it, until nobody of
    // it has been heard of for long.
    private ulong _unfinished;
    private long _expectUntil = long.MaxValue;
    // The last epoch that was led from here.
    private ulong _lastLed = epochFloor;
    private Recovery? _recovery;
    private long _returnBy = long.MaxValue;
    private long _goneAt = long.MaxValue;
    private long _claimBy = long.MaxValue;
    private long _gatherAt = long.MaxValue;
    private long _formFrom = formFrom;
    private long _scoutAt = long.MaxValue;
    // Those who were sent on last to look for the group at the other coordinators.
    private readonly HashSet<MemberId> _scouts = [];
    // Those who were sent to look at the other coordinators for the last time before they begin here; and for how long that counts.
    private readonly HashSet<MemberId> _lookedLast = [];
    private long _lookedLastUntil = long.MaxValue;
    // The longest list of coordinators that a member knows.
    private int _coordinators = 1;
    // When the active epoch was taken up from its members, if it was; and when an update that waits since then goes on.
    private long _takenUpAt = long.MinValue / 2;
    // Links that are complained of have so long to come back.
    private long _mendUntil = long.MinValue;
    // A settlement that members have come back to is not concluded before.
    private long _holdUntil = long.MinValue;
    private long _updateAt = long.MaxValue;
    // Epochs in a row that failed without anybody getting ready or saying why.
    private int _fruitless;
    private readonly Announcements _announcements = new(rules, outputs);

    public uint Group { get; } = group;

    /// <summary>The highest epoch number that was ever given out; the next one is higher.</summary>
    public ulong LastEpoch { get; private set; } = epochFloor;

    /// <summary>
    /// The epoch that was led from here until all of its members were lost: they are told of it if they come back. Null while
    /// one is active, and if none was led.
    /// </summary>
    public Recalled? LastLed { get; private set; } = lastLed;

    /// <summary>Members were evicted or sent on, and their sessions are over.</summary>
    public bool HasEvicted { get; set; }

    /// <summary>An epoch is led from here, or about to be, or expected back: newcomers need not look for one elsewhere first.</summary>
    public bool IsHome => Active is not null || Forming is not null || _recovery is not null || _unfinished != 0 || HasLookedLast;

    private bool HasLookedLast => _lookedLast.Count > 0 && _pending.Values.Any(member => _lookedLast.Contains(member.Id));

    public EpochState? Active { get; private set; }

    public EpochState? Forming { get; private set; }

    public Settlement? Settling { get; private set; }

    /// <summary>Whether a member of the active epoch may know it by that number still.</summary>
    public bool IsActiveIn(ulong epoch) => Active is { } active && (active.Number == epoch || active.Previous == epoch);

    public IReadOnlyDictionary<MemberId, MemberState> Members => _members;

    /// <summary>Without members, and without an epoch that some may come back to.</summary>
    public bool IsEmpty => _members.Count == 0 && Active is null && _expectUntil == long.MaxValue && _lookedLast.Count == 0;

    public long NextDue => new[]
    {
        Active?.DueAt ?? long.MaxValue, Forming?.DueAt ?? long.MaxValue, Settling?.DueAt ?? long.MaxValue, _inquiry?.DueAt ?? long.MaxValue,
        _announcements.DueAt, _order?.DueAt ?? long.MaxValue, _returnBy, _goneAt, _claimBy, _expectUntil, _lookedLastUntil, _gatherAt, _scoutAt, _updateAt,
    }.Min();

    // ---- joining

    /// <param name="knownEpoch">The highest epoch of the group that the newcomer has heard of.</param>
    /// <param name="holdMs">Members that another coordinator of the list has led, which is gone now, come here within that time.</param>
    public void Join(MemberState member, ulong knownEpoch, int holdMs, long now)
    {
        if (Active is null && knownEpoch > _lastLed) ExpectOthers(knownEpoch, now + rules.AbandonMs);
        if (Active is null && _pending.Count == 0)
        {
            _formFrom = Math.Max(_formFrom, now + (_lookedLast.Contains(member.Id) ? holdMs : Math.Min(rules.HoldMs, holdMs)));
            // Members of the last epoch, all of whose sessions have broken, can come back only here.
            if (_coordinators == 1 && _unfinished != 0 && _unfinished == LastLed?.Roster.Epoch) _expectUntil = now + rules.AllGoneMs;
        }

        _members.Add(member.Id, member);
        _pending.Add(member.Order, member);
        outputs.Joined();
        outputs.Note($"group {Group}: member {member.Place} registered");
        _announcements.Forget();
        Gather(now);
        PursueRecovery(now);
        CountPending(now);
    }

    /// <summary>Forms the first epoch as soon as enough members are pending.</summary>
    private void Gather(long now)
    {
        if (Active is not null || Forming is not null) return;
        if (_coordinators > 1 && _scoutAt == long.MaxValue) _scoutAt = now + rules.ScoutMs + Scattered(now, rules.MajorityMs);
        if (_recovery is not null || _unfinished != 0) return;
        if (_pending.Count == 0 || _pending.Count < Needed()) return;
        if (now < _formFrom) _gatherAt = _formFrom;
        else if (_coordinators > 1 && !HasLookedLast) LookLast(now);
        else Form(_pending.Values, 0, now);
    }

    // ---- forming

    private void Form(IEnumerable<MemberState> members, ulong firstOperation, long now)
    {
        ImmutableArray<RosterMember> places = [.. members.Take(Roster.MaxMembers).Select(member => member.Place)];
        Forming = new EpochState(new Roster(++LastEpoch, places, firstOperation) { Rings = RingsFor(places) }) { DueAt = now + rules.FormingMs };
        foreach (MemberId id in Forming.Alive)
            if (_pending.Remove(_members[id].Order))
                _members[id].Standing = Standing.Joining;
        // Should this epoch fail, the same number of members waits once more, and has to be told so.
        _announcements.Forget();
        outputs.Note($"group {Group}: forming {Forming.Roster}");
        SendAll(Forming, new Form(Forming.Roster, (uint)rules.FormingMs));
        RepeatRelays(Forming, now);
    }

    public void Ready(MemberState member, Ready ready, long now)
    {
        if (Forming?.Number != ready.Epoch || !Forming.Has(member.Id)) return;
        if (Forming.Roster.World <= Roster.MaxRingWorld) Order.Note(member.Id, ready);
        _fruitless = 0;
        // Saying it again is no progress: one member could hold the epoch up for ever on behalf of another.
        if (Forming.MarkReady(member.Id))
        {
            _relays.Succeed(member.Id, IsBroken);
            if (Forming.Complaints.IsEmpty) Forming.DueAt = now + rules.FormingMs;
        }

        if (Forming.AllReady) ActivateForming(now);
    }

    private void ActivateForming(long now)
    {
        EpochState next = Forming!;
        next.Agree(Order.TableOf(next.Roster));
        next.DueAt = long.MaxValue;
        next.Previous = Active?.Number ?? 0;
        Forming = null;
        foreach (MemberId id in next.Alive) _members[id].Standing = Standing.Active;
        outputs.Note($"group {Group}: epoch {next.Number} is active, {next.AliveCount} members");
        Begin(next, new Activate(next.Number, next.Roster.Links), now);
        _announcements.Forget();
        CountPending(now);
    }

    private void Begin(EpochState epoch, ControlMessage beginning, long now)
    {
        (Active, LastLed) = (epoch, null);
        (_unfinished, _expectUntil) = (0, long.MaxValue);
        ForgetLooks();
        _scouts.Clear();
        _lastLed = epoch.Number;
        epoch.Beginning = beginning;
        epoch.ActiveSince = now;
        outputs.Activated();
        SendAll(epoch, beginning);
        BeginOrder(now);
        EvictOvertaken(now);
    }

    /// <summary>For a member that has missed it. What it has formed last may be another epoch.</summary>
    private void SendBeginning(MemberState member)
    {
        if (Active!.Beginning is Activate) outputs.Send(member.Session, new Form(Active.Roster with { Links = LinkTable.None }, (uint)rules.FormingMs));
        outputs.Send(member.Session, Active.Beginning!);
    }

    /// <summary>What it has heard the updates of, in the epoch that it is in, if that is the active one or goes on as that.</summary>
    private void NoteConfirmed(MemberState member, ulong epoch)
    {
        bool isSameCount = epoch == Active!.Number || (epoch == Active.Previous && Active.Beginning is Verdict);
        if (epoch != 0 && isSameCount) Active.Confirmed = Math.Max(Active.Confirmed, member.Confirmed);
    }

    // ---- what all of the above need

    /// <summary>Members that the first epoch needs: the most that any of the pending asks for.</summary>
    private int Needed() => _pending.Values.Max(member => member.MinMembers);

    private void CountPending(long now)
    {
        if (Active is not null)
            _announcements.Announce(now, new PendingChanged((uint)_pending.Count, Order.Better is not null), Active.Alive.Select(id => _members[id].Session));
        else if (_recovery is { Account.Roster: { } roster })
            _announcements.Announce(now, new Waiting((uint)CountHere(roster), (uint)Majority(roster)), _members.Values.Select(member => member.Session));
        else if (Forming is null && _pending.Count > 0)
            _announcements.Announce(now, new Waiting((uint)_pending.Count, (uint)Needed()), _pending.Values.Select(member => member.Session));
        else
            _announcements.HoldBack();
    }

    /// <summary>
    /// Tells a member that came back over a new connection, presenting that epoch, where its group stands. It may have missed
    /// what was sent over the old one.
    /// </summary>
    public void Brief(MemberState member, ulong presented, long now)
    {
        if (presented != Active!.Number) SendBeginning(member);
        NoteConfirmed(member, presented);
        if (Settling is { } settling && !settling.HasAnswer(member.Id)) outputs.Send(member.Session, settling.Question);
        // A ruling that it has missed would leave an operation standing still: it is settled with the rest.
        if (Settling is null && Active.Number == presented && (_inquiry is not null || member.StandsStill)) Settle([], now);
        _announcements.Forget();
        CountPending(now);
        if (Forming?.Has(member.Id) == true) outputs.Send(member.Session, new Form(Forming.Roster, (uint)rules.FormingMs));
        FinishUpdate(now);
    }

    private void SendAll(EpochState epoch, ControlMessage message)
    {
        foreach (MemberId id in epoch.Alive) outputs.Send(_members[id].Session, message);
    }
}
