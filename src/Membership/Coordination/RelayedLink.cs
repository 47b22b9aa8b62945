using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>A link that its ends could not make, and the member that it is to go through.</summary>
internal sealed class RelayedLink
{
    private readonly HashSet<MemberId> _tried = [];

    public MemberId Through { get; private set; }

    /// <summary>It has come about that way.</summary>
    public bool Works { get; private set; }

    /// <summary>It had, and the member is gone.</summary>
    public bool IsOrphaned { get; private set; }

    /// <summary>When it should have.</summary>
    public long Until { get; private set; } = long.MinValue;

    public int Tries => _tried.Count;

    public bool HasTried(MemberId member) => _tried.Contains(member);

    public void Try(MemberId through, long until)
    {
        (Through, Until, Works, IsOrphaned) = (through, until, false, false);
        _tried.Add(through);
    }

    public void Orphan()
    {
        (IsOrphaned, Works, Through, Until) = (Works || IsOrphaned, false, default, long.MinValue);
        _tried.Clear();
    }

    /// <summary>The link is there. If it breaks, whoever relays it may do so again.</summary>
    public void Succeed()
    {
        (Works, IsOrphaned, Until) = (!Through.IsNone, false, long.MinValue);
        _tried.Clear();
    }
}
