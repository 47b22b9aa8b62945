using Collectives.Algorithms.Costs;

namespace Collectives.Membership;

/// <summary>What the choice of algorithms depends on, as a roster has it: the same for all of its members.</summary>
public static class RosterCosts
{
    /// <summary>For the calls of an epoch that has begun.</summary>
    public static Chooser ChooserOf(Roster roster, AlgorithmSet allowed) => new(LinksOf(roster), RingsOf(roster), allowed);

    /// <summary>Members that are dialed at the same address are most likely on one machine.</summary>
    public static LinkModel LinksOf(Roster roster)
    {
        int world = roster.World;
        var hosts = new int[world];
        var known = new Dictionary<string, int>();
        for (int rank = 0; rank < world; rank++)
        {
            if (!known.TryGetValue(roster[rank].Host, out hosts[rank])) known.Add(roster[rank].Host, hosts[rank] = known.Count);
        }

        LinkTable links = roster.Links;
        if (links.World != world) return new LinkModel([], [], hosts);
        var roundTripsUs = new uint[world * world];
        var rates = new long[world * world];
        for (int from = 0; from < world; from++)
        {
            for (int to = 0; to < world; to++)
                (roundTripsUs[from * world + to], rates[from * world + to]) = (links.RoundTripUs(from, to), links.BytesPerSecond(from, to));
        }

        return new LinkModel(roundTripsUs, rates, hosts);
    }

    public static RingWay[] RingsOf(Roster roster) =>
        [.. roster.Ways.Select(ring => new RingWay([.. ring.Order.Select(rank => (int)rank)], ring.Share))];
}
