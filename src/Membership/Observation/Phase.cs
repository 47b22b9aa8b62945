using Collectives.Membership.Coordination;

namespace Collectives.Membership.Observation;

/// <summary>What a member is at, as far as its coordinator knows: who is waited for while an epoch forms, or at an update.</summary>
public enum Phase
{
    /// <summary>Pending: for the first epoch, or for the running members' next update.</summary>
    Waiting,

    /// <summary>Making the links of the epoch that forms.</summary>
    Connecting,

    /// <summary>Done with that; waits for the others of the epoch.</summary>
    Ready,

    /// <summary>Active, and nothing else is known.</summary>
    Running,

    /// <summary>At its update; waits for the other active members.</summary>
    Updating,
}

internal static class Phases
{
    public static Phase Of(MemberState member, EpochState? active, EpochState? forming)
    {
        if (forming?.Has(member.Id) == true) return forming.IsReady(member.Id) ? Phase.Ready : Phase.Connecting;
        if (member.Standing == Standing.Pending) return Phase.Waiting;
        return active?.HasUpdated(member.Id) == true ? Phase.Updating : Phase.Running;
    }
}
