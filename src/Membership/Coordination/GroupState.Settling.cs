using System.Collections.Immutable;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>How the active epoch goes on after a loss.</summary>
internal sealed partial class GroupState
{
    /// <summary>All its members are lost, by the word of this coordinator; but they may come back.</summary>
    private void RememberActive()
    {
        LastLed = new Recalled(Active!.Roster, Active.Previous, Active.HasFailures, Active.Beginning as Verdict);
        if (_recovery is not null) _recovery.LastLed = LastLed;
    }

    private void EndActive()
    {
        _lastLed = Math.Max(_lastLed, Active?.Number ?? 0);
        Active = null;
        Settling = null;
        Order.End();
        DropInquiries();
        // Newcomers are pending, and form an epoch of their own.
        _interrupted = null;
    }

    /// <summary>Asks those that are left how far their operations came. What forms is put off until they have answered.</summary>
    private void Settle(IEnumerable<Loss> losses, long now)
    {
        if (Forming is not null) _interrupted = (StopForming(), Forming!.Roster.FirstOperation);
        Forming = null;
        Ask([.. Settling?.Losses ?? [], .. losses], now);
    }

    private void Ask(ImmutableArray<Loss> losses, long now)
    {
        DropInquiries();
        Settling = new Settlement(++LastEpoch, losses, now + rules.SettleMs);
        outputs.Note($"group {Group}: settling epoch {Active!.Number} as epoch {Settling.Epoch}, {Active.AliveCount} members are left");
        SendAll(Active, Settling.Question);
    }

    public void Settled(MemberState member, Settled answer, long now)
    {
        if (Settling?.Epoch != answer.Epoch || Active?.Has(member.Id) != true) return;
        Settling.Answer(member.Id, answer.States);
        if (!Active.Alive.All(Settling.HasAnswer)) return;
        if (now < _holdUntil) Settling.Hold(_holdUntil);
        else Conclude(now);
    }

    private void Conclude(long now)
    {
        if (LeavesTooFew(0))
        {
            outputs.Note($"group {Group}: {Active!.AliveCount} of {Active.Roster.World} members of epoch {Active.Number} are no majority, and there are other coordinators: waiting");
            Settling!.Stall(now + StayMs(now));
            return;
        }

        Verdict verdict = Settling!.Decide(Active!.Number);
        Settling = null;
        ImmutableArray<RosterMember> left = [.. Active.Alive.Select(id => _members[id].Place)];
        // As the members do it: they have the places of the others from the roster.
        Roster roster = Active.Roster.Without(id => !Active.Has(id)) with { Epoch = verdict.Epoch, Members = left };
        var next = new EpochState(roster)
        {
            Previous = Active.Number,
            HasFailures = Active.HasFailures || verdict.Fail.Length > 0,
            Confirmed = Active.Confirmed,
            Complaints = Active.Complaints,
            DueAt = Active.DueAt,
            AwaitsRelays = Active.AwaitsRelays,
        };
        outputs.Note($"group {Group}: epoch {next.Number} goes on from {next.Previous} with {left.Length} members; "
            + $"{verdict.Forward.Length} operations go forward, {verdict.Fail.Length} fail");
        Begin(next, verdict, now);
        RepeatRelays(next, now);
        _announcements.Forget();
        if (_interrupted is { } interrupted)
        {
            _interrupted = null;
            IEnumerable<MemberState> newcomers = interrupted.Newcomers.Where(_members.ContainsKey).Select(id => _members[id]);
            Form(next.Alive.Select(id => _members[id]).Concat(newcomers), interrupted.FirstOperation, now);
        }

        CountPending(now);
    }

    /// <summary>
    /// Another coordinator may lead those that are out of reach here, so that only a majority may go on: two sides cannot
    /// both be one. The only coordinator of a group knows that it is.
    /// </summary>
    private bool NeedsMajority => Active!.Alive.Any(id => _members[id].HasStandby);

    /// <summary>Whether a member whose session has broken is back before the verdict: it is not lost after all.</summary>
    public bool CanReinstate(MemberId member, ulong presented) =>
        Settling is not null && IsActiveIn(presented) && Settling.Losses.Any(loss => loss.Member == member && MayComeBack(loss.Reason));

    public void Reinstate(MemberState member, ulong presented, long now)
    {
        // What has parted the two sides of a group is over, and others are on their way back; so are its links.
        if (Settling!.IsStalled) _holdUntil = now + rules.ComeBackMs;
        _mendUntil = now + rules.MendMs;
        if (!Active!.Complaints.IsEmpty) Active.DueAt = Math.Max(Active.DueAt, _mendUntil);
        Active.Restore(member.Id);
        _members.Add(member.Id, member);
        member.Standing = Standing.Active;
        outputs.Note($"group {Group}: member {member.Place} is back");
        if (presented != Active.Number) outputs.Send(member.Session, Active.Beginning!);
        Ask(Settling!.Losses.RemoveAll(loss => loss.Member == member.Id), now);
    }

    private static bool MayComeBack(LossReason reason) => reason is LossReason.Disconnected or LossReason.Silent;

    private void EndSettling(long now)
    {
        if (Settling!.IsStalled)
        {
            Disperse(now);
            return;
        }

        if (Settling.IsHeld) Conclude(now);
        else if (!DropTheSilent(Settling.HasAnswer, now)) Settling.WaitUntil(now + rules.SettleMs);
    }

    private bool DropTheSilent(Func<MemberId, bool> hasAnswer, long now)
    {
        string text = $"it did not say within {rules.SettleMs} ms how far its operations came";
        List<(MemberId, string)> silent = Active!.Alive.Where(id => !hasAnswer(id)).Select(id => (id, text)).ToList();
        if (LeavesTooFew(silent.Count)) return false;
        Evict(silent, LossReason.NotReady, now);
        return true;
    }

    /// <summary>Those that are too few here may be part of a majority at another coordinator.</summary>
    private void Disperse(long now)
    {
        ExpectOthers(Active!.Number, now + rules.AbandonMs);
        foreach (MemberId id in Active.Alive) TurnAway(id, $"only {Active.AliveCount} of {Active.Roster.World} members of epoch {Active.Number} are at this coordinator");
        EndActive();
        Gather(now);
        CountPending(now);
    }
}
