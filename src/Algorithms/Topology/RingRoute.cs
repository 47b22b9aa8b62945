using System.Collections.Immutable;

namespace Collectives.Algorithms.Topology;

/// <summary>One ring through all members, its share of the data, and what its links can carry.</summary>
/// <param name="Order">The ranks as data travels, from rank 0 on: each sends to the next, the last to rank 0.</param>
/// <param name="Share">The part of the data that goes this way; the shares of a plan sum to 1.</param>
/// <param name="BottleneckRate">The least one-way rate on it, in bytes per second; 0 if a link is missing.</param>
/// <param name="LatencySum">Seconds that a byte needs once round the ring.</param>
public sealed record RingRoute(ImmutableArray<int> Order, double Share, double BottleneckRate, double LatencySum)
{
    /// <summary>The ring through the members in this order, which may start with any of them.</summary>
    public static RingRoute Along(ReadOnlySpan<int> order, double share, LinkCosts costs)
    {
        CheckOrder(order, costs.World);
        double rate = double.PositiveInfinity;
        double latency = 0;
        int from = order[^1];
        foreach (int to in order)
        {
            rate = Math.Min(rate, costs.Rate(from, to));
            latency += costs.LatencySeconds(from, to);
            from = to;
        }

        int start = order.IndexOf(0);
        return new RingRoute([.. order[start..], .. order[..start]], share, rate, latency);
    }

    /// <summary>
    /// Seconds that the all-reduce of so many bytes over this ring takes. Each member sends 2(P-1)/P of them to the
    /// next one, at the pace of the slowest link: the bandwidth term of the ring (Patarasuk and Yuan 2009, "Bandwidth
    /// optimal all-reduce algorithms for clusters of workstations", section 4). Before that stream is whole, the first
    /// byte has made 2(P-1) hops, each of a P-th of the ring's latency on average.
    /// </summary>
    public double PredictedSeconds(double bytes)
    {
        if (BottleneckRate == 0) return double.PositiveInfinity;
        double hopsPerMember = 2.0 * (Order.Length - 1) / Order.Length;
        return hopsPerMember * (bytes / BottleneckRate + LatencySum);
    }

    /// <summary>Equal if the members come in the same order; the array itself would compare by reference.</summary>
    public bool Equals(RingRoute? other) =>
        other is not null
        && Order.AsSpan().SequenceEqual(other.Order.AsSpan())
        && Share.Equals(other.Share)
        && BottleneckRate.Equals(other.BottleneckRate)
        && LatencySum.Equals(other.LatencySum);

    public override int GetHashCode()
    {
        HashCode hash = new();
        foreach (int rank in Order) hash.Add(rank);
        hash.Add(Share);
        hash.Add(BottleneckRate);
        hash.Add(LatencySum);
        return hash.ToHashCode();
    }

    private static void CheckOrder(ReadOnlySpan<int> order, int world)
    {
        ulong seen = 0;
        foreach (int rank in order)
        {
            if (rank >= 0 && rank < world) seen |= 1UL << rank;
        }

        if (order.Length != world || ulong.PopCount(seen) != (ulong)world)
            throw new ArgumentException($"This isn't an order of {world} ranks: {string.Join(' ', order.ToArray())}");
    }
}
