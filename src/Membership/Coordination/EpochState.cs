using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>An epoch that forms or is active, and what its members have said about it.</summary>
internal sealed class EpochState(Roster roster)
{
    private readonly HashSet<MemberId> _alive = [.. roster.Members.Select(member => member.Id)];
    private readonly HashSet<MemberId> _ready = [];
    private readonly Dictionary<MemberId, Update> _updates = [];

    public Roster Roster { get; private set; } = roster;

    public ulong Number => Roster.Epoch;

    /// <summary>What made it the active one: Activate or Verdict. Null while it forms.</summary>
    public ControlMessage? Beginning { get; set; }

    /// <summary>The number of the epoch before it; a member that has missed its beginning is still there.</summary>
    public ulong Previous { get; set; }

    /// <summary>
    /// An operation has failed for a loss, and members may have made different numbers of calls since: the next update begins
    /// an epoch anew in any case.
    /// </summary>
    public bool HasFailures { get; init; }

    /// <summary>Members have been lost since the last admission point: buffers still have parts for them.</summary>
    public bool HasLosses => Beginning is Verdict;

    /// <summary>It was taken up, and one that had been formed to follow it may have begun for somebody who is still to come.</summary>
    public bool IsFollowed { get; init; }

    /// <summary>
    /// Updates that have confirmed it, since it was formed. Some of its members may have missed an answer, under a coordinator
    /// before this one too.
    /// </summary>
    public ulong Confirmed { get; set; }

    public LinkComplaints Complaints { get; init; } = new();

    /// <summary>When something has to be decided; long.MaxValue if nothing has.</summary>
    public long DueAt { get; set; } = long.MaxValue;

    /// <summary>It is waited for links that are to go through other members.</summary>
    public bool AwaitsRelays { get; set; }

    public long ActiveSince { get; set; }

    public int AliveCount => _alive.Count;

    public bool AllReady => _ready.Count == _alive.Count;

    public bool AnyReady => _ready.Count > 0;

    /// <summary>The members that are left, in the order of their ranks.</summary>
    public IEnumerable<MemberId> Alive => Roster.Members.Select(member => member.Id).Where(_alive.Contains);

    public bool Has(MemberId member) => _alive.Contains(member);

    public bool IsReady(MemberId member) => _ready.Contains(member);

    /// <summary>False if the member had said so before.</summary>
    public bool MarkReady(MemberId member)
    {
        Complaints.Withdraw(member);
        return _ready.Add(member);
    }

    /// <summary>It begins: that is what its members agree on of their links.</summary>
    public void Agree(LinkTable links) => Roster = Roster with { Links = links };

    /// <summary>The member is at its admission point.</summary>
    public void MarkUpdated(MemberId member, Update update)
    {
        _updates[member] = update;
        // It has had its answers to those before.
        if (update.Number > Confirmed + 1) Confirmed = update.Number - 1;
    }

    public bool HasUpdated(MemberId member) => _updates.ContainsKey(member);

    /// <summary>All that are left are at their admission point.</summary>
    public bool AllUpdated => _updates.Count == _alive.Count;

    public ulong OperationsOf(MemberId member) => _updates[member].Operations;

    public void ForgetUpdates() => _updates.Clear();

    /// <summary>Members whose update the others have had their answer to. Each is named once.</summary>
    public MemberId[] TakeUnanswered()
    {
        MemberId[] unanswered = [.. _updates.Where(update => update.Value.Number <= Confirmed).Select(update => update.Key)];
        foreach (MemberId member in unanswered) _updates.Remove(member);
        return unanswered;
    }

    /// <summary>A member that was dropped is back. False if it was not, or is no member.</summary>
    public bool Restore(MemberId member) => Roster.RankOf(member) >= 0 && _alive.Add(member);

    /// <summary>False if the epoch did not have the member any more.</summary>
    public bool Drop(MemberId member)
    {
        _ready.Remove(member);
        _updates.Remove(member);
        Complaints.Forget(member);
        return _alive.Remove(member);
    }
}
