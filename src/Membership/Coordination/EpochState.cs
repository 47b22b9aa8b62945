using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>An epoch that forms or is active, and what its members have said about it.</summary>
internal sealed class EpochState(Roster roster)
{
    private readonly HashSet<MemberId> _alive = [.. roster.Members.Select(member => member.Id)];
    private readonly HashSet<MemberId> _ready = [];

    public Roster Roster { get; } = roster;

    public ulong Number => Roster.Epoch;

    public LinkComplaints Complaints { get; } = new();

    /// <summary>When something has to be decided; long.MaxValue if nothing has.</summary>
    public long DueAt { get; set; } = long.MaxValue;

    public int AliveCount => _alive.Count;

    public bool HasLost => _alive.Count < Roster.World;

    public bool AllReady => _ready.Count == _alive.Count;

    public bool AnyReady => _ready.Count > 0;

    /// <summary>The members that are left, in the order of their ranks.</summary>
    public IEnumerable<MemberId> Alive => Roster.Members.Select(member => member.Id).Where(_alive.Contains);

    public bool Has(MemberId member) => _alive.Contains(member);

    public bool IsReady(MemberId member) => _ready.Contains(member);

    public void MarkReady(MemberId member)
    {
        _ready.Add(member);
        Complaints.Withdraw(member);
    }

    /// <summary>False if the epoch did not have the member any more.</summary>
    public bool Drop(MemberId member)
    {
        _ready.Remove(member);
        Complaints.Forget(member);
        return _alive.Remove(member);
    }
}
