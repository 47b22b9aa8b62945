using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>
/// Members that epochs have gone on without or that were evicted, also after all others have gone: one that comes back would wait for
/// them for ever.
/// </summary>
internal sealed class LostMembers
{
    private const int MaxRemembered = 8192;

    private readonly Dictionary<MemberId, ulong> _verdicts = [];
    private readonly Queue<MemberId> _order = new();

    /// <summary>It is in no epoch from that number on.</summary>
    public void Remember(MemberId member, ulong epoch)
    {
        if (!_verdicts.TryAdd(member, epoch)) return;
        _order.Enqueue(member);
        if (_order.Count > MaxRemembered) _verdicts.Remove(_order.Dequeue());
    }

    /// <summary>One that says it is active in a later epoch has been taken in again, by another coordinator.</summary>
    public bool IsLost(MemberId member, ulong presented) => _verdicts.TryGetValue(member, out ulong epoch) && presented < epoch;
}
