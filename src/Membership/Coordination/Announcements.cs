using Collectives.Membership.Messages;

namespace Collectives.Membership.Coordination;

/// <summary>
/// News for all members of a group that a later one replaces: how many wait, how many are needed. Repeated news
/// is not sent, and a burst of changes is sent once: a thousand members that register at once would otherwise
/// cost a million messages.
/// </summary>
internal sealed class Announcements(CoordinatorRules rules, ICoordinatorOutputs outputs)
{
    private ControlMessage? _last;
    private long _lastAt = long.MinValue / 2;

    /// <summary>When the news that was held back is due; its owner then announces anew.</summary>
    public long DueAt { get; private set; } = long.MaxValue;

    public void Announce(long now, ControlMessage news, IEnumerable<long> sessions)
    {
        if (news.Equals(_last))
        {
            DueAt = long.MaxValue;
            return;
        }

        if (now < _lastAt + rules.AnnounceMs)
        {
            DueAt = _lastAt + rules.AnnounceMs;
            return;
        }

        DueAt = long.MaxValue;
        (_last, _lastAt) = (news, now);
        foreach (long session in sessions) outputs.Send(session, news);
    }

    /// <summary>Those who listen have changed: the same news is news to them.</summary>
    public void Forget() => _last = null;
}
