namespace Collectives.Algorithms.Topology;

/// <summary>
/// The links that no ring uses yet, in the two numbers that a ring's time is made of: the seconds that the data needs
/// to pass the link, of which the greatest on the ring counts, and the latency, of which the sum counts. A link that
/// is missing or taken needs for ever. Both are times, so a ring is judged by one number:
/// greatest passage + sum of latencies, which is its predicted time but for the factor 2(P-1)/P.
/// </summary>
internal sealed class FreeLinks
{
    private readonly double[] _passage;
    private readonly double[] _latency;

    private FreeLinks(int world, double[] passage, double[] latency)
    {
        World = world;
        _passage = passage;
        _latency = latency;
    }

    public int World { get; }

    public static FreeLinks Of(LinkCosts costs, double bytes)
    {
        int world = costs.World;
        double[] passage = new double[world * world];
        double[] latency = new double[world * world];
        for (int from = 0; from < world; from++)
        {
            for (int to = 0; to < world; to++)
            {
                double rate = costs.Rate(from, to);
                passage[from * world + to] = rate > 0 ? bytes / rate : double.PositiveInfinity;
                latency[from * world + to] = costs.LatencySeconds(from, to);
            }
        }

        return new FreeLinks(world, passage, latency);
    }

    public double Passage(int from, int to) => _passage[from * World + to];

    public double Latency(int from, int to) => _latency[from * World + to];

    public bool IsFree(int from, int to) => double.IsFinite(Passage(from, to));

    /// <summary>What is left when the ring has taken its links.</summary>
    public FreeLinks Without(ReadOnlySpan<int> ring)
    {
        double[] passage = [.. _passage];
        int from = ring[^1];
        foreach (int to in ring)
        {
            passage[from * World + to] = double.PositiveInfinity;
            from = to;
        }

        return new FreeLinks(World, passage, _latency);
    }

    public FreeLinks Without(int from, int to)
    {
        double[] passage = [.. _passage];
        passage[from * World + to] = double.PositiveInfinity;
        return new FreeLinks(World, passage, _latency);
    }

    /// <summary>The greatest passage on the ring.</summary>
    public double Bottleneck(ReadOnlySpan<int> ring)
    {
        double greatest = 0;
        int from = ring[^1];
        foreach (int to in ring)
        {
            greatest = Math.Max(greatest, Passage(from, to));
            from = to;
        }

        return greatest;
    }

    public double LatencySum(ReadOnlySpan<int> ring)
    {
        double sum = 0;
        int from = ring[^1];
        foreach (int to in ring)
        {
            sum += Latency(from, to);
            from = to;
        }

        return sum;
    }

    /// <summary>
    /// No ring has a smaller greatest passage: every member sends over one of its links and receives over another.
    /// </summary>
    public double LeastBottleneck()
    {
        double bound = 0;
        for (int member = 0; member < World; member++)
        {
            double leastOut = double.PositiveInfinity;
            double leastIn = double.PositiveInfinity;
            for (int other = 0; other < World; other++)
            {
                leastOut = Math.Min(leastOut, Passage(member, other));
                leastIn = Math.Min(leastIn, Passage(other, member));
            }

            bound = Math.Max(bound, Math.Max(leastOut, leastIn));
        }

        return bound;
    }

    /// <summary>All passages that occur, from the least on and each once: the bottlenecks that a ring may have.</summary>
    public double[] Thresholds(double least) =>
        [.. _passage.Where(passage => passage >= least && double.IsFinite(passage)).Distinct().Order()];
}
