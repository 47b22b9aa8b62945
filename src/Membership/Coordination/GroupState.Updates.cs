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
        Active.MarkUpdated(member.Id, update.Operations);
        FinishUpdate(now);
    }

    /// <summary>All that are left of the active epoch are at their admission point: the roster changes, or is confirmed.</summary>
    private void FinishUpdate(long now)
    {
        if (Active is null || Forming is not null || Settling is not null || !Active.AllUpdated) return;
        if (LastEpoch > Active.Number && now < _takenUpAt + rules.LaterEpochMs)
        {
            // The coordinator before this one was forming an epoch, and it may have begun for somebody who is still to come.
            _updateAt = _takenUpAt + rules.LaterEpochMs;
            return;
        }

        Active.HasGoneOn = true;
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
}
