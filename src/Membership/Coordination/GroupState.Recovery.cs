using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>Epochs that this coordinator hears of from their members: it was started after them, or was away.</summary>
internal sealed partial class GroupState
{
    /// <summary>Of longer lists, parts of an epoch wait as if they had so many entries.</summary>
    private const int MostVisited = 8;

    public bool IsReturning(MemberId member) => _recovery?.Has(member) == true;

    /// <summary>A member that says it is active in an epoch other than the one that is led from here.</summary>
    public void Claim(MemberState member, ulong epoch, long now)
    {
        _members[member.Id] = member;
        member.Standing = Standing.Returning;
        outputs.Note($"group {Group}: member {member.Place} is active in epoch {epoch}");
        _recovery ??= new Recovery { LastLed = LastLed };
        _recovery.Withdraw(member.Id);
        _recovery.Claim(member.Id, epoch);
        _claimBy = now + StayMs(now);
        if (Active is null) ExpectOthers(epoch, now + rules.AbandonMs);
        // It forms beside an epoch that exists: its members wait for that one.
        if (Active is null && Forming is not null)
        {
            foreach (MemberId id in StopForming()) outputs.Note($"group {Group}: member {_members[id].Place} waits for epoch {epoch}");
            Forming = null;
        }

        _announcements.Forget();
        PursueRecovery(now);
        CountPending(now);
    }

    public void Recalled(MemberState member, Recalled account, long now)
    {
        if (_recovery is null || member.Standing != Standing.Returning) return;
        if (_recovery.Answer(member.Id, account)) PursueRecovery(now);
        else Evict([(member.Id, $"what it said of epoch {account.Roster.Epoch} is not what it was asked for")], LossReason.Disconnected, now);
        CountPending(now);
    }

    /// <summary>Whether the group has gone on from that epoch without the member, as far as is known here.</summary>
    public bool HasGoneOnWithout(MemberId member, ulong epoch) =>
        epoch <= Active?.Number || (epoch <= LastLed?.Roster.Epoch && LastLed.Roster.RankOf(member) < 0);

    /// <summary>What a registration says of the world outside.</summary>
    public void Note(Register register)
    {
        _coordinators = Math.Max(_coordinators, register.Coordinators);
        _keepsOrder |= (register.Flags & RegisterFlags.KeepsOrder) != 0;
        NoteNumber(register.Highest);
    }

    /// <summary>A number that was given out elsewhere is not given out again.</summary>
    private void NoteNumber(ulong number)
    {
        if (number <= long.MaxValue) LastEpoch = Math.Max(LastEpoch, number);
    }

    /// <summary>
    /// How long a part of an epoch waits here for the others before it goes to the next coordinator. Parts that wait equally long
    /// everywhere go round their list one behind the other and never meet: one time in three they wait for as long as it takes the
    /// others to come by.
    /// </summary>
    private long StayMs(long now) =>
        Scattered(now, 3) == 0 ? rules.MajorityMs * 3L / 2 * Math.Clamp(_coordinators, 2, MostVisited) : rules.MajorityMs + Scattered(now, rules.MajorityMs / 4);

    /// <summary>A number below the bound, by the digits of the clock.</summary>
    private static int Scattered(long now, int bound) => (int)(((ulong)now * 0x9E37_79B9_7F4A_7C15UL >> 32) % (ulong)Math.Max(1, bound));

    private static int Majority(Roster roster) => roster.World / 2 + 1;

    private int CountHere(Roster roster) => roster.Members.Count(place => _members.TryGetValue(place.Id, out MemberState? member) && member.IsHere);

    /// <summary>Takes the highest epoch up if that is possible now, or does the next step towards it.</summary>
    private void PursueRecovery(long now)
    {
        if (_recovery is null) return;
        if (_recovery.Highest == 0)
        {
            _recovery = null;
            _claimBy = long.MaxValue;
            return;
        }

        if (_recovery.ChooseToAsk() is { } asked) outputs.Send(_members[asked].Session, new Recall(_recovery.Highest));
        if (_recovery.Account is { } account && (CountHere(account.Roster) >= Majority(account.Roster) || IsKnownToBeLast(account))) TakeUp(account, now);
    }

    /// <summary>The only coordinator of a group knows that nobody has led its last epoch any further.</summary>
    private bool IsKnownToBeLast(Recalled account) =>
        _recovery!.WasLedHere && account.Roster.Members.All(place => !_members.TryGetValue(place.Id, out MemberState? member) || !member.HasStandby);

    private void TakeUp(Recalled account, long now)
    {
        Recovery recovery = _recovery!;
        (_recovery, _claimBy, LastLed) = (null, long.MaxValue, null);
        (_unfinished, _expectUntil) = (0, long.MaxValue);
        if (Forming is not null) StopForming();
        Forming = null;
        // Some of its members may have been asked from here how far they came, in the epoch before.
        bool anyStandsStill = Settling is not null;
        EndActive();
        _takenUpAt = now;
        _mendUntil = now + rules.MendMs;

        Roster roster = account.Roster;
        for (int rank = 0; rank < roster.World; rank++)
        {
            MemberState member = Place(roster[rank], rank - Roster.MaxMembers, now);
            // One that has missed this epoch's verdict is told it.
            anyStandsStill |= member.StandsStill && recovery.EpochOf(member.Id) == roster.Epoch;
        }

        NoteNumber(roster.Epoch);
        Active = new EpochState(roster)
        {
            IsFollowed = LastEpoch > roster.Epoch,
            Previous = account.Previous,
            HasFailures = account.HasFailures,
            Beginning = account.Verdict ?? (ControlMessage)new Activate(roster.Epoch, roster.Links),
            ActiveSince = now,
        };
        BeginOrder(now);
        outputs.Note($"group {Group}: epoch {roster.Epoch} is taken up, {CountHere(roster)} of {roster.World} members are here");

        string text = $"epoch {roster.Epoch} of the others does not have it";
        Evict(_members.Values.Where(member => member.Standing is Standing.Active or Standing.Returning && !Active.Has(member.Id))
            .Select(member => (member.Id, text)).ToList(), LossReason.Disconnected, now);
        foreach (MemberId id in Active.Alive)
        {
            if (_members[id].IsHere && recovery.EpochOf(id) != roster.Epoch) SendBeginning(_members[id]);
            NoteConfirmed(_members[id], recovery.EpochOf(id));
        }

        (_returnBy, _goneAt) = CountHere(roster) < roster.World ? (now + rules.ReturnMs, now + rules.GoneMs) : (long.MaxValue, long.MaxValue);
        // The coordinator that asked for that settlement is gone, or has led the epoch no further.
        if (anyStandsStill) Ask([], now);
        _announcements.Forget();
        foreach (MemberState member in Active.Alive.Select(id => _members[id]).ToArray())
        {
            foreach (Unreachable complaint in member.EarlyComplaints) Complain(member, complaint, now);
            member.EarlyComplaints.Clear();
            if (member.EarlyUpdate is not null) Update(member, member.EarlyUpdate, now);
        }
    }

    private MemberState Place(RosterMember place, long order, long now)
    {
        if (!_members.TryGetValue(place.Id, out MemberState? member))
            _members.Add(place.Id, member = new MemberState(place, 1, order) { Session = MemberState.NoSession, Since = now });
        _pending.Remove(member.Order);
        member.Standing = Standing.Active;
        return member;
    }

    private void DropTheGone(long now)
    {
        _goneAt = long.MaxValue;
        if (Active is null || !Active.Alive.Any(IsAbsent)) return;
        _goneAt = now + rules.GoneMs;
        const string Text = "it did not come back to the coordinator, and none of the others is connected to it";
        List<(MemberId, string)> gone = Active.Alive.Where(id => IsAbsent(id) && NobodyIsConnectedTo(id)).Select(id => (id, Text)).ToList();
        if (gone.Count > 0) Remove(gone, LossReason.Disconnected, now);
    }

    /// <summary>All that are here have said whom they are connected to: somebody was to that one, and nobody is.</summary>
    private bool NobodyIsConnectedTo(MemberId absent)
    {
        bool hasLost = false;
        foreach (MemberState member in Active!.Alive.Select(id => _members[id]).Where(member => member.IsHere))
        {
            if (member.Links is not { } links) return false;
            foreach ((MemberId other, bool isConnected) in links.States)
            {
                if (other != absent) continue;
                if (isConnected) return false;
                hasLost = true;
            }
        }

        return hasLost;
    }

    private void DropTheAbsent(long now)
    {
        (_returnBy, _goneAt) = (long.MaxValue, long.MaxValue);
        if (Active is null) return;
        string text = $"it did not come back to the coordinator within {rules.ReturnMs} ms";
        Remove(Active.Alive.Where(id => !_members[id].IsHere).Select(id => (id, text)).ToList(), LossReason.Disconnected, now);
    }

    private void TurnClaimantsAway(long now)
    {
        _claimBy = long.MaxValue;
        string known = _recovery!.Account is { Roster: { } roster }
            ? $"only {CountHere(roster)} of {roster.World} members of epoch {roster.Epoch} are at this coordinator"
            : "too few members of its epoch are at this coordinator";
        foreach (MemberId id in _recovery.Claimants.Where(id => _members[id].HasStandby).ToArray())
        {
            _recovery.Withdraw(id);
            TurnAway(id, known);
        }

        PursueRecovery(now);
        CountPending(now);
    }

    /// <summary>No first epoch forms beside that one, whose members may come back, or be led by another coordinator.</summary>
    private void ExpectOthers(ulong epoch, long until) => (_unfinished, _expectUntil) = (Math.Max(_unfinished, epoch), until);

    private void StopExpecting(long now)
    {
        outputs.Note($"group {Group}: nobody of epoch {_unfinished} has been heard of for long, newcomers may begin without");
        (_unfinished, _expectUntil) = (0, long.MaxValue);
        Gather(now);
        CountPending(now);
    }

    /// <summary>
    /// Those who wait here cannot know whether their group lives at another coordinator meanwhile. One looks there, and comes back if it
    /// finds none. If it does not, more of them follow.
    /// </summary>
    private void SendScout(long now)
    {
        _scoutAt = long.MaxValue;
        if (Active is not null || Forming is not null) return;
        _lookedLastUntil = now + rules.AbandonMs;
        bool haveFoundSome = _scouts.Count > 0 && !_pending.Values.Any(member => _scouts.Contains(member.Id));
        int count = now < _formFrom ? 0 : haveFoundSome ? 4 * _scouts.Count : 1;
        _scouts.Clear();
        foreach (MemberState scout in _pending.Values.Where(member => member.HasStandby).Take(count).ToArray())
        {
            _scouts.Add(scout.Id);
            SendToLook(scout);
        }

        if (_pending.Count > 0) Gather(now);
        CountPending(now);
    }

    /// <summary>
    /// Before an epoch begins that may not be the group's first: members of one that lived may have come to another coordinator
    /// meanwhile. One goes and sees, and if it comes back they begin. From a standby all go: the coordinator before it may have
    /// come up, and gather others.
    /// </summary>
    private void LookLast(long now)
    {
        _lookedLastUntil = now + rules.AbandonMs;
        bool isStandby = _pending.Values.Any(member => member.IsAtStandby);
        foreach (MemberState member in _pending.Values.Where(member => member.HasStandby).Take(isStandby ? int.MaxValue : 1).ToArray()) SendToLook(member);
        Gather(now);
        CountPending(now);
    }

    private void SendToLook(MemberState scout)
    {
        _lookedLast.Add(scout.Id);
        TurnAway(scout.Id, "no epoch of its group is led from here: it is to look at the other coordinators again");
    }

    private void ForgetLooks()
    {
        _lookedLast.Clear();
        _lookedLastUntil = long.MaxValue;
    }

    private void TurnAway(MemberId id, string text)
    {
        _members.Remove(id, out MemberState? member);
        _pending.Remove(member!.Order);
        HasEvicted = true;
        outputs.Send(member!.Session, new Refused(RefusedCode.NoMajority, text));
        outputs.Close(member.Session);
        outputs.Note($"group {Group}: member {member.Place} is sent on: {text}");
    }
}
