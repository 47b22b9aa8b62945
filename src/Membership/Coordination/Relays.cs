using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>The links of a group that go, or are to go, through other members. A link's ends stand in the order of their ids.</summary>
internal sealed class Relays
{
    private readonly Dictionary<(MemberId One, MemberId Other), RelayedLink> _links = [];

    public IEnumerable<KeyValuePair<(MemberId One, MemberId Other), RelayedLink>> All => _links;

    public RelayedLink Of((MemberId, MemberId) link)
    {
        if (!_links.TryGetValue(link, out RelayedLink? found)) _links.Add(link, found = new RelayedLink());
        return found;
    }

    /// <summary>Whether somebody relays their link, or is to.</summary>
    public bool Has(MemberId one, MemberId other) => _links.TryGetValue(LinkComplaints.LinkOf(one, other), out RelayedLink? link) && !link.Through.IsNone;

    /// <summary>How many links that member relays.</summary>
    public int Through(MemberId member) => _links.Values.Count(link => link.Through == member);

    /// <summary>The member has links that it had not: those of which nobody complains any more have come about.</summary>
    public void Succeed(MemberId member, Func<MemberId, MemberId, bool> isBroken)
    {
        foreach (((MemberId one, MemberId other), RelayedLink link) in _links)
        {
            if ((one == member || other == member) && !isBroken(one, other)) link.Succeed();
        }
    }

    public void Forget(MemberId member)
    {
        foreach (((MemberId One, MemberId Other) ends, RelayedLink link) in _links.ToArray())
        {
            if (ends.One == member || ends.Other == member) _links.Remove(ends);
            else if (link.Through == member) link.Orphan();
        }
    }
}
