using Collectives.Membership.Messages;
using Collectives.Membership.Observation;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

public enum Standing
{
    /// <summary>Registered; waits for the first epoch or the next update.</summary>
    Pending,

    /// <summary>In the roster of the epoch that forms, and in no active one.</summary>
    Joining,

    /// <summary>Says that it is active in an epoch that this coordinator does not know yet.</summary>
    Returning,

    /// <summary>In the active epoch, and perhaps in the one that forms after an update too.</summary>
    Active,
}

/// <summary>A registered member, as its group knows it.</summary>
internal sealed class MemberState(RosterMember place, int minMembers, long order)
{
    /// <summary>The session of a member that has not come back to this coordinator yet.</summary>
    public const long NoSession = -1;

    public RosterMember Place { get; } = place;

    public MemberId Id => Place.Id;

    public int MinMembers { get; } = minMembers;

    /// <summary>Position in the order of registration, over all groups.</summary>
    public long Order { get; } = order;

    /// <summary>When it registered.</summary>
    public required long Since { get; init; }

    public MemberReports Reports { get; } = new();

    public required long Session { get; set; }

    public bool IsHere => Session != NoSession;

    /// <summary>Its list has more coordinators than this one.</summary>
    public bool HasStandby { get; set; }

    /// <summary>It is here because those before this one in its list did not take it in.</summary>
    public bool IsAtStandby { get; init; }

    /// <summary>Its operations stood still when it came: it waits for a verdict.</summary>
    public bool StandsStill { get; set; }

    /// <summary>Updates that have confirmed its epoch, by its own account when it came.</summary>
    public ulong Confirmed { get; set; }

    public Standing Standing { get; set; }

    /// <summary>Whom it is connected to, as it said when it came back.</summary>
    public Links? Links { get; set; }

    /// <summary>What it asked for while it was returning, before its epoch was taken up.</summary>
    public Update? EarlyUpdate { get; set; }

    public const int MaxEarlyComplaints = 64;

    /// <summary>What it complained of meanwhile.</summary>
    public List<Unreachable> EarlyComplaints { get; } = [];
}
