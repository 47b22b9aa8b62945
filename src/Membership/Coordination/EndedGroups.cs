using Collectives.Membership.Messages;

namespace Collectives.Membership.Coordination;

/// <summary>
/// The last epochs of groups that have no members any more, for those that come back. Bounded: a coordinator that has run for
/// long has seen many groups, and of the oldest ones nobody comes.
/// </summary>
internal sealed class EndedGroups
{
    public const int MaxRemembered = 256;

    private readonly Dictionary<uint, (Recalled LastLed, long Order)> _groups = [];
    private long _order;

    public void Add(uint group, Recalled lastLed)
    {
        if (_groups.Count >= MaxRemembered) _groups.Remove(_groups.MinBy(ended => ended.Value.Order).Key);
        _groups[group] = (lastLed, _order++);
    }

    public Recalled? Take(uint group)
    {
        _groups.Remove(group, out (Recalled LastLed, long Order) ended);
        return ended.LastLed;
    }
}
