namespace Collectives.Algorithms.Topology;

/// <summary>
/// Rings to start a local search from, each made by a simple rule (Rosenkrantz, Stearns and Lewis 1977, "An analysis
/// of several heuristics for the traveling salesman problem"). They may use links that are missing.
/// </summary>
internal static class FirstRings
{
    private const int NearestNeighbourStarts = 8;

    public static List<int[]> Of(FreeLinks links)
    {
        int world = links.World;
        List<int[]> rings = [[.. Enumerable.Range(0, world)]];
        int starts = Math.Min(world, NearestNeighbourStarts);
        for (int start = 0; start < starts; start++) rings.Add(NearestNeighbour(links, start * world / starts));
        rings.Add(Insertion(links));
        return rings;
    }

    /// <summary>Goes on over the fastest link to a member not yet visited.</summary>
    private static int[] NearestNeighbour(FreeLinks links, int start)
    {
        int[] ring = [.. Enumerable.Range(0, links.World)];
        (ring[0], ring[start]) = (ring[start], ring[0]);
        for (int place = 1; place < ring.Length; place++)
        {
            int nearest = place;
            for (int other = place + 1; other < ring.Length; other++)
            {
                int last = ring[place - 1];
                if (Time(links, last, ring[other]) < Time(links, last, ring[nearest])) nearest = other;
            }

            (ring[place], ring[nearest]) = (ring[nearest], ring[place]);
        }

        return ring;
    }

    /// <summary>Grows from two members; each next rank goes where the worse of its two links is best.</summary>
    private static int[] Insertion(FreeLinks links)
    {
        List<int> ring = [0, 1];
        for (int member = 2; member < links.World; member++)
        {
            int place = 0;
            double least = double.PositiveInfinity;
            for (int after = 0; after < ring.Count; after++)
            {
                int from = ring[after];
                int to = ring[(after + 1) % ring.Count];
                double detour = Math.Max(Time(links, from, member), Time(links, member, to));
                if (detour >= least) continue;
                least = detour;
                place = after;
            }

            ring.Insert(place + 1, member);
        }

        return [.. ring];
    }

    private static double Time(FreeLinks links, int from, int to) => links.Passage(from, to) + links.Latency(from, to);
}
