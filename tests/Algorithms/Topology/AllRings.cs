using Collectives.Algorithms.Topology;

namespace Collectives.Algorithms.Tests.Topology;

/// <summary>The oracle: every one of the (P-1)! rings, judged by the formula as it is written down.</summary>
internal static class AllRings
{
    /// <summary>Infinite if every ring misses a link.</summary>
    public static double LeastSeconds(LinkCosts costs, double bytes)
    {
        double least = double.PositiveInfinity;
        foreach (int[] ring in Of(costs.World)) least = Math.Min(least, Seconds(ring, costs, bytes));
        return least;
    }

    public static double Seconds(ReadOnlySpan<int> ring, LinkCosts costs, double bytes)
    {
        int world = costs.World;
        double bottleneck = double.PositiveInfinity;
        double latency = 0;
        for (int i = 0; i < world; i++)
        {
            int next = ring[(i + 1) % world];
            bottleneck = Math.Min(bottleneck, costs.Rate(ring[i], next));
            latency += costs.LatencySeconds(ring[i], next);
        }

        return 2.0 * (world - 1) / world * (bytes / bottleneck) + 2.0 * (world - 1) * (latency / world);
    }

    /// <summary>Yields the same array each time.</summary>
    public static IEnumerable<int[]> Of(int world) => Permute([.. Enumerable.Range(0, world)], 1);

    private static IEnumerable<int[]> Permute(int[] ring, int fixedPlaces)
    {
        if (fixedPlaces == ring.Length)
        {
            yield return ring;
            yield break;
        }

        for (int i = fixedPlaces; i < ring.Length; i++)
        {
            (ring[fixedPlaces], ring[i]) = (ring[i], ring[fixedPlaces]);
            foreach (int[] permuted in Permute(ring, fixedPlaces + 1)) yield return permuted;
            (ring[fixedPlaces], ring[i]) = (ring[i], ring[fixedPlaces]);
        }
    }
}
