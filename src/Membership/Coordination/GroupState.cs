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
internal sealed class GroupState(uint group, ulong epochFloor, CoordinatorRules rules, ICoordinatorOutputs outputs)
{
    private readonly Dictionary<MemberId, MemberState> _members = [];

    // By the order of registration. Kept beside the members, since every registration looks at it.
    private readonly SortedDictionary<long, MemberState> _pending = [];
    // Newcomers of an epoch whose forming a settlement has interrupted, and its first operation; null: none was.
    private (List<MemberId> Newcomers, ulong FirstOperation)? _interrupted;
    // Epochs in a row that failed without anybody getting ready or saying why.
    private int _fruitless;
    private readonly Announcements _announcements = new(rules, outputs);

    public uint Group { get; } = group;

    /// <summary>The highest epoch number that was ever given out; the next one is higher.</summary>
    public ulong LastEpoch { get; private set; } = epochFloor;

    public EpochState? Active { get; private set; }

    public EpochState? Forming { get; private set; }

    public Settlement? Settling { get; private set; }

    public IReadOnlyDictionary<MemberId, MemberState> Members => _members;

    public bool IsEmpty => _members.Count == 0;

    public long NextDue => Math.Min(
        Math.Min(Active?.DueAt ?? long.MaxValue, Forming?.DueAt ?? long.MaxValue),
        Math.Min(Settling?.DueAt ?? long.MaxValue, _announcements.DueAt));

    // ---- joining

    public void Join(MemberState member, long now)
    {
        _members.Add(member.Id, member);
        _pending.Add(member.Order, member);
        outputs.Note($"group {Group}: member {member.Place} registered");
        _announcements.Forget();
        Gather(now);
        CountPending(now);
    }

    /// <summary>Forms the first epoch as soon as enough members are pending.</summary>
    private void Gather(long now)
    {
        if (Active is not null || Forming is not null) return;
        if (_pending.Count > 0 && _pending.Count >= Needed()) Form(_pending.Values, 0, now);
    }

    // ---- forming

    private void Form(IEnumerable<MemberState> members, ulong firstOperation, long now)
    {
        ImmutableArray<RosterMember> places = [.. members.Take(Roster.MaxMembers).Select(member => member.Place)];
        Forming = new EpochState(new Roster(++LastEpoch, places, firstOperation)) { DueAt = now + rules.FormingMs };
        foreach (MemberId id in Forming.Alive)
            if (_pending.Remove(_members[id].Order))
                _members[id].Standing = Standing.Joining;
        // Should this epoch fail, the same number of members waits once more, and has to be told so.
        _announcements.Forget();
        outputs.Note($"group {Group}: forming {Forming.Roster}");
        SendAll(Forming, new Form(Forming.Roster, (uint)rules.FormingMs));
    }

    public void Ready(MemberState member, ulong epoch, long now)
    {
        if (Forming?.Number != epoch || !Forming.Has(member.Id)) return;
        _fruitless = 0;
        // Saying it again is no progress: one member could hold the epoch up for ever on behalf of another.
        if (Forming.MarkReady(member.Id) && Forming.Complaints.IsEmpty) Forming.DueAt = now + rules.FormingMs;
        if (Forming.AllReady) ActivateForming(now);
    }

    private void ActivateForming(long now)
    {
        EpochState next = Forming!;
        next.DueAt = long.MaxValue;
        next.Previous = Active?.Number ?? 0;
        Forming = null;
        foreach (MemberId id in next.Alive) _members[id].Standing = Standing.Active;
        outputs.Note($"group {Group}: epoch {next.Number} is active, {next.AliveCount} members");
        Begin(next, new Activate(next.Number));
        _announcements.Forget();
        CountPending(now);
    }

    private void Begin(EpochState epoch, ControlMessage beginning)
    {
        Active = epoch;
        epoch.Beginning = beginning;
        SendAll(epoch, beginning);
    }

    // ---- losing

    public void Complain(MemberState by, Unreachable complaint, long now)
    {
        // The epoch may have gone on under another number while the complaint was on its way; the link is the same.
        EpochState? epoch = Forming?.Number == complaint.Epoch ? Forming
            : Active?.Number == complaint.Epoch || Active?.Previous == complaint.Epoch ? Active : null;
        if (epoch is null || by.Id == complaint.Member || !epoch.Has(by.Id) || !epoch.Has(complaint.Member)) return;
        if (epoch.Complaints.IsEmpty) epoch.DueAt = now + (epoch == Forming ? rules.ComplaintMs : rules.LinkLossMs);
        epoch.Complaints.Add(by.Id, complaint.Member, complaint.Text);
    }

    /// <summary>Takes a member out whose session is gone, or goes.</summary>
    public void Lose(MemberState member, LossReason reason, string text, long now) => Remove([(member.Id, text)], reason, now);

    public void Tick(long now)
    {
        if (Active is not null && now >= Active.DueAt)
        {
            Active.DueAt = long.MaxValue;
            Evict(Blame(Active), LossReason.Unreachable, now);
        }

        if (Forming is not null && now >= Forming.DueAt) DecideForming(now);
        if (Settling is not null && now >= Settling.DueAt) DropTheSilent(now);
        if (now >= _announcements.DueAt) CountPending(now);
    }

    private void DecideForming(long now)
    {
        EpochState forming = Forming!;
        if (!forming.Complaints.IsEmpty)
        {
            Evict(Blame(forming), LossReason.Unreachable, now);
            return;
        }

        List<MemberState> late = forming.Alive.Where(id => !forming.IsReady(id)).Select(id => _members[id]).ToList();
        if (!forming.AnyReady && ++_fruitless < rules.FruitlessEpochs)
        {
            // Nobody is ready and nobody complains: perhaps all are slow. There is no one to blame yet.
            Reform(now);
            CountPending(now);
            return;
        }

        // A newcomer that does not get ready holds up members that have run for long: it goes first.
        if (forming.AnyReady && late.Any(member => member.Standing == Standing.Joining))
            late.RemoveAll(member => member.Standing == Standing.Active);
        _fruitless = 0;
        string text = $"it was not ready for epoch {forming.Number} within {rules.FormingMs} ms, and reported no link that is down";
        Evict(late.Select(member => (member.Id, text)).ToList(), LossReason.NotReady, now);
    }

    private List<(MemberId Member, string Text)> Blame(EpochState epoch) =>
        epoch.Complaints.Culprits(id => _members[id].Standing, id => _members[id].Order);

    private void Evict(List<(MemberId Member, string Text)> culprits, LossReason reason, long now)
    {
        foreach ((MemberId id, string text) in culprits)
        {
            MemberState member = _members[id];
            outputs.Send(member.Session, new Evicted(reason, $"this member is {member.Place}; {text}"));
            outputs.Close(member.Session);
        }

        Remove(culprits, reason, now);
    }

    private void Remove(List<(MemberId Member, string Text)> gone, LossReason reason, long now)
    {
        // Everyone leaves first, so that nobody who goes is told of the others.
        bool reform = false;
        var losses = new List<Loss>();
        foreach ((MemberId id, string text) in gone)
        {
            if (!_members.Remove(id, out MemberState? member)) continue;
            _pending.Remove(member.Order);
            outputs.Note($"group {Group}: member {member.Place} is out ({reason}): {text}");
            reform |= Forming?.Drop(id) ?? false;
            if (Active?.Drop(id) == true) losses.Add(new Loss(id, reason, $"member {member.Place}: {text}"));
        }

        if (Active?.AliveCount == 0) EndActive();
        if (losses.Count > 0 && Active is not null) Settle(losses, now);
        else if (reform) Reform(now);
        else if (Active is null) Gather(now);
        CountPending(now);
    }

    private void EndActive()
    {
        Active = null;
        Settling = null;
        // Newcomers are pending, and form an epoch of their own.
        _interrupted = null;
    }

    // ---- settling

    /// <summary>Asks those that are left how far their operations came. What forms is put off until they have answered.</summary>
    private void Settle(List<Loss> losses, long now)
    {
        if (Forming is not null)
        {
            List<MemberId> newcomers = Forming.Alive.Where(id => _members[id].Standing == Standing.Joining).ToList();
            foreach (MemberId id in newcomers) MakePending(_members[id]);
            _interrupted = (newcomers, Forming.Roster.FirstOperation);
            Forming = null;
        }

        Settling = new Settlement(++LastEpoch, [.. Settling?.Losses ?? [], .. losses], now + rules.SettleMs);
        outputs.Note($"group {Group}: settling epoch {Active!.Number} as epoch {Settling.Epoch}, {Active.AliveCount} members are left");
        SendAll(Active, Settling.Question);
    }

    public void Settled(MemberState member, Settled answer, long now)
    {
        if (Settling?.Epoch != answer.Epoch || Active?.Has(member.Id) != true) return;
        Settling.Answer(member.Id, answer.States);
        if (Active.Alive.All(Settling.HasAnswer)) Conclude(now);
    }

    private void Conclude(long now)
    {
        Verdict verdict = Settling!.Decide(Active!.Number);
        Settling = null;
        ImmutableArray<RosterMember> left = [.. Active.Alive.Select(id => _members[id].Place)];
        var next = new EpochState(new Roster(verdict.Epoch, left, Active.Roster.FirstOperation))
        {
            Previous = Active.Number,
            HasFailures = Active.HasFailures || verdict.Fail.Length > 0,
            Complaints = Active.Complaints,
            DueAt = Active.DueAt,
        };
        outputs.Note($"group {Group}: epoch {next.Number} goes on from {next.Previous} with {left.Length} members; "
            + $"{verdict.Forward.Length} operations go forward, {verdict.Fail.Length} fail");
        Begin(next, verdict);
        _announcements.Forget();
        if (_interrupted is { } interrupted)
        {
            _interrupted = null;
            IEnumerable<MemberState> newcomers = interrupted.Newcomers.Where(_members.ContainsKey).Select(id => _members[id]);
            Form(next.Alive.Select(id => _members[id]).Concat(newcomers), interrupted.FirstOperation, now);
        }

        CountPending(now);
    }

    private void DropTheSilent(long now)
    {
        string text = $"it did not say within {rules.SettleMs} ms how far its operations came when others were lost";
        Evict(Active!.Alive.Where(id => !Settling!.HasAnswer(id)).Select(id => (id, text)).ToList(), LossReason.NotReady, now);
    }

    /// <summary>The epoch that forms cannot be; the next number is formed with who is left.</summary>
    private void Reform(long now)
    {
        EpochState failed = Forming!;
        Forming = null;
        List<MemberState> rest = failed.Alive.Select(id => _members[id]).ToList();
        if (Active is not null)
        {
            Form(rest, failed.Roster.FirstOperation, now);
            return;
        }

        foreach (MemberState member in rest) MakePending(member);
        Gather(now);
    }

    private void MakePending(MemberState member)
    {
        member.Standing = Standing.Pending;
        _pending.Add(member.Order, member);
    }

    // ---- updating

    public void Update(MemberState member, Update update, long now)
    {
        if (Active?.Number != update.Epoch || !Active.Has(member.Id)) return;
        Active.MarkUpdated(member.Id, update.Operations);
        FinishUpdate(now);
    }

    /// <summary>All that are left of the active epoch are at their admission point: the roster changes, or is confirmed.</summary>
    private void FinishUpdate(long now)
    {
        if (Active is null || Forming is not null || Settling is not null || !Active.AllUpdated) return;
        List<MemberState> active = Active.Alive.Select(id => _members[id]).ToList();
        ulong operations = Active.OperationsOf(active[0].Id);
        MemberState? other = Active.HasFailures ? null : active.Find(member => Active.OperationsOf(member.Id) != operations);
        if (other is not null)
        {
            SendAll(Active, new Refused(RefusedCode.Mismatch,
                $"update of epoch {Active.Number}: member {active[0].Place} has started {operations} operations, member {other.Place} {Active.OperationsOf(other.Id)}; "
                + "all members must call update after the same operations"));
        }
        else if (_pending.Count == 0 && !Active.HasFailures)
        {
            SendAll(Active, new Activate(Active.Number));
        }
        else
        {
            Form(active.Concat(_pending.Values), operations, now);
        }

        Active.ForgetUpdates();
        CountPending(now);
    }

    // ---- what all of the above need

    /// <summary>Members that the first epoch needs: the most that any of the pending asks for.</summary>
    private int Needed() => _pending.Values.Max(member => member.MinMembers);

    private void CountPending(long now)
    {
        if (Active is not null)
            _announcements.Announce(now, new PendingChanged((uint)_pending.Count), Active.Alive.Select(id => _members[id].Session));
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
        if (member.Standing == Standing.Active && Active is { Beginning: { } beginning } && presented != Active.Number)
            outputs.Send(member.Session, beginning);
        if (Settling is { } settling && !settling.HasAnswer(member.Id)) outputs.Send(member.Session, settling.Question);
        _announcements.Forget();
        CountPending(now);
        if (member.Standing == Standing.Active && Forming?.Has(member.Id) == true)
            outputs.Send(member.Session, new Form(Forming.Roster, (uint)rules.FormingMs));
    }

    private void SendAll(EpochState epoch, ControlMessage message)
    {
        foreach (MemberId id in epoch.Alive) outputs.Send(_members[id].Session, message);
    }
}
