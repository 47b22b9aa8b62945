using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>Admission points.</summary>
internal sealed partial class GroupState
{
    public void Update(MemberState member, Update update, long now)
    {
        if (member.Standing == Standing.Returning) member.EarlyUpdate = update;
        if (Active?.Number != update.Epoch || !Active.Has(member.Id)) return;
        Active.MarkUpdated(member.Id, update);
        FinishUpdate(now);
    }

    /// <summary>All that are left of the active epoch are at their admission point: the roster changes, or is confirmed.</summary>
    private void FinishUpdate(long now)
    {
        if (Active is null || Forming is not null || Settling is not null) return;
        // The others have gone on: whoever has missed the answer gets the same one.
        foreach (MemberId member in Active.TakeUnanswered()) outputs.Send(_members[member].Session, new Activate(Active.Number));
        if (!Active.AllUpdated) return;
        if (Active.IsFollowed && now < _takenUpAt + rules.LaterEpochMs)
        {
            _updateAt = _takenUpAt + rules.LaterEpochMs;
            return;
        }

        List<MemberState> active = Active.Alive.Select(id => _members[id]).ToList();
        ulong operations = Active.OperationsOf(active[0].Id);
        MemberState? other = Active.HasFailures ? null : active.Find(member => Active.OperationsOf(member.Id) != operations);
        if (other is not null)
        {
            SendAll(Active, new Refused(RefusedCode.Mismatch,
                $"update of epoch {Active.Number}: member {active[0].Place} has started {operations} operations, member {other.Place} {Active.OperationsOf(other.Id)}; "
                + "all members must call update after the same operations"));
        }
        else if (_pending.Count == 0 && Order.Better is null && !Active.HasFailures && !Active.HasLosses && !Active.IsFollowed)
        {
            Active.Confirmed++;
            SendAll(Active, new Activate(Active.Number));
        }
        else
        {
            // An epoch that had been formed to follow this one is overtaken by this number, at every coordinator.
            Form(active.Concat(_pending.Values), operations, now);
        }

        Active.ForgetUpdates();
        CountPending(now);
    }
}
