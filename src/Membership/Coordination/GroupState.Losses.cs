using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>Members that are lost, complained of or late.</summary>
internal sealed partial class GroupState
{
    public void Complain(MemberState by, Unreachable complaint, long now)
    {
        if (by.Standing == Standing.Returning)
        {
            if (by.EarlyComplaints.Count < MemberState.MaxEarlyComplaints) by.EarlyComplaints.Add(complaint);
            return;
        }

        // The epoch may have gone on under another number while the complaint was on its way; the link is the same.
        EpochState? epoch = Forming?.Number == complaint.Epoch ? Forming
            : Active?.Number == complaint.Epoch || Active?.Previous == complaint.Epoch ? Active : null;
        if (epoch is null || by.Id == complaint.Member || !epoch.Has(by.Id) || !epoch.Has(complaint.Member)) return;
        long lookAt = epoch == Forming ? now + rules.RelayAfterMs : Math.Max(now + rules.LinkLossMs, _mendUntil);
        // Who relays, or is to be waited for meanwhile, may be the next that is complained of.
        if (epoch.Complaints.IsEmpty) epoch.DueAt = lookAt;
        else if (epoch.AwaitsRelays) epoch.DueAt = Math.Min(epoch.DueAt, lookAt);
        epoch.Complaints.Add(by.Id, complaint.Member, complaint.Text, complaint.IsUp, now);
    }

    /// <summary>A member says whom it is connected to: of those it complains no longer.</summary>
    public void NoteLinks(MemberState member, Links links, long now)
    {
        member.Links = links;
        bool hadComplaints = Forming is { Complaints.IsEmpty: false };
        foreach ((MemberId other, bool isConnected) in links.States)
        {
            if (!isConnected) continue;
            member.EarlyComplaints.RemoveAll(complaint => complaint.Member == other);
            Active?.Complaints.Withdraw(member.Id, other);
            Forming?.Complaints.Withdraw(member.Id, other);
        }

        _relays.Succeed(member.Id, IsBroken);
        if (hadComplaints && Forming!.Complaints.IsEmpty) Forming.DueAt = now + rules.FormingMs;
    }

    /// <summary>Takes a member out whose session is gone, or goes.</summary>
    public void Lose(MemberState member, LossReason reason, string text, long now) => Remove([(member.Id, text)], reason, now);

    public void Tick(long now)
    {
        if (Active is not null && now >= Active.DueAt) DecideLinks(now);
        if (Forming is not null && now >= Forming.DueAt) DecideForming(now);
        if (Settling is not null && now >= Settling.DueAt) EndSettling(now);
        if (_inquiry is not null && now >= _inquiry.DueAt) EndInquiry(now);
        if (now >= _goneAt) DropTheGone(now);
        if (now >= _returnBy) DropTheAbsent(now);
        if (now >= _claimBy) TurnClaimantsAway(now);
        if (now >= _expectUntil) StopExpecting(now);
        if (now >= _gatherAt)
        {
            _gatherAt = long.MaxValue;
            Gather(now);
        }

        if (now >= _lookedLastUntil) ForgetLooks();
        if (now >= _scoutAt) SendScout(now);
        if (now >= _updateAt)
        {
            _updateAt = long.MaxValue;
            FinishUpdate(now);
        }

        TickOrder(now);
        if (now >= _announcements.DueAt) CountPending(now);
    }

    private void DecideLinks(long now)
    {
        LinkComplaints complaints = Active!.Complaints;
        if (Active.AliveCount > 2 && now < complaints.Since + rules.LoneLinkMs && complaints.HasLoneLink(IsAbsent))
        {
            Active.DueAt = complaints.Since + rules.LoneLinkMs;
            return;
        }

        // Those without a session will be back soon, or be lost. Till then nobody else is to blame that can't reach them.
        List<(MemberId, string)> culprits = Blame(Active, SeekRelays(Active, IsAbsent, now, out long due).Contains);
        bool leavesTooFew = LeavesTooFew(culprits.Count);
        Active.AwaitsRelays = due != long.MaxValue;
        Active.DueAt = leavesTooFew || complaints.Any(IsAbsent) ? Math.Min(due, now + rules.LinkLossMs) : due;
        if (!leavesTooFew) Evict(culprits, LossReason.Unreachable, now);
    }

    /// <summary>
    /// Whether the active epoch could never go on without so many of those that it has left. Links may come back, and members may yet
    /// answer; those that are evicted do not.
    /// </summary>
    private bool LeavesTooFew(int lost) => Active is not null && NeedsMajority && 2 * (Active.AliveCount - lost) <= Active.Roster.World;

    private void DecideForming(long now)
    {
        EpochState forming = Forming!;
        if (!forming.Complaints.IsEmpty)
        {
            HashSet<(MemberId, MemberId)> hopeless = SeekRelays(forming, isAbsent: _ => false, now, out long due);
            long patientUntil = hopeless.Count > 0 ? forming.Complaints.Since + rules.ComplaintMs : long.MaxValue;
            if (now < patientUntil)
            {
                forming.AwaitsRelays = true;
                forming.DueAt = Math.Min(due, patientUntil);
                return;
            }

            EvictFromForming([.. Blame(forming, hopeless.Contains).Select(culprit => (culprit.Member, culprit.Text + Advice))], LossReason.Unreachable, now);
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
        EvictFromForming(late.Select(member => (member.Id, text)).ToList(), LossReason.NotReady, now);
    }

    private void EvictFromForming(List<(MemberId Member, string Text)> culprits, LossReason reason, long now)
    {
        if (LeavesTooFew(culprits.Count(culprit => Active?.Has(culprit.Member) == true))) Forming!.DueAt = now + rules.RelayAfterMs;
        else Evict(culprits, reason, now);
    }

    /// <summary>A link that was never made is a matter of addresses and firewalls, as a rule.</summary>
    private const string Advice = "; one of two has to reach the other: set advertise or interface_name to an address that the others can dial, "
        + "and port_range to ports that a firewall lets in";

    private bool IsAbsent(MemberId id) => !_members[id].IsHere;

    private List<(MemberId Member, string Text)> Blame(EpochState epoch, Func<(MemberId, MemberId), bool> isSuch) =>
        epoch.Complaints.Culprits(isSuch, id => _members[id].Standing, id => _members[id].Order);

    private void Evict(List<(MemberId Member, string Text)> culprits, LossReason reason, long now)
    {
        HasEvicted |= culprits.Count > 0;
        foreach ((MemberId id, string text) in culprits)
        {
            MemberState member = _members[id];
            outputs.Send(member.Session, new Evicted(reason, $"this member is {member.Place}; {text}"));
            outputs.Close(member.Session);
        }

        Remove(culprits, reason, now);
    }

    /// <summary>Members that claim an epoch which is older than the one that has begun: it is not to be taken up any more.</summary>
    private void EvictOvertaken(long now)
    {
        string text = $"the others have begun epoch {Active!.Number} without it";
        List<(MemberId Member, string Text)>? overtaken = _recovery?.Claimants.Where(id => _recovery.EpochOf(id) < Active.Number).Select(id => (id, text)).ToList();
        if (overtaken is { Count: > 0 }) Evict(overtaken, LossReason.Disconnected, now);
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
            _recovery?.Withdraw(id);
            _relays.Forget(id);
            outputs.Gone(reason);
            outputs.Note($"group {Group}: member {member.Place} is out ({reason}): {text}");
            reform |= Forming?.Drop(id) ?? false;
            if (Active?.Drop(id) == true) losses.Add(new Loss(id, reason, $"member {member.Place}: {text}"));
        }

        if (Active?.AliveCount == 0)
        {
            RememberActive();
            if (losses.Concat(Settling?.Losses ?? []).Any(loss => MayComeBack(loss.Reason)))
                ExpectOthers(Active.Number, now + (_coordinators > 1 ? rules.AbandonMs : _members.Count > 0 ? rules.AllGoneMs : rules.ForgetMs));
            EndActive();
        }

        if (losses.Count > 0 && Active is not null) Settle(losses, now);
        else if (reform) Reform(now);
        else if (Active is null) Gather(now);
        PursueRecovery(now);
        CountPending(now);
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

    /// <summary>Newcomers are pending again; who they are.</summary>
    private List<MemberId> StopForming()
    {
        List<MemberId> newcomers = Forming!.Alive.Where(id => _members[id].Standing == Standing.Joining).ToList();
        foreach (MemberId id in newcomers) MakePending(_members[id]);
        return newcomers;
    }

    private void MakePending(MemberState member)
    {
        member.Standing = Standing.Pending;
        _pending.Add(member.Order, member);
    }
}
