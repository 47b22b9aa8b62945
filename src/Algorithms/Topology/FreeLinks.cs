namespace Collectives.Algorithms.Topology;

/// <summary>
/// The links that no ring uses yet, and what one more ring over them would make of the plan. The rings before carry
/// some bytes per second together and have their latencies; if the data is shared in proportion to what each carries,
/// all of it has passed after bytes / (carried before + bottleneck of the new ring). So a link has a passage time of
/// bytes / (carried before + its rate), the greatest on the ring counts, and the time of the plan but for the factor
/// 2(P-1)/P is greatest passage + greatest sum of latencies. A link that is missing or taken needs for ever.
/// </summary>
internal sealed class FreeLinks
{
    private readonly double[] _rates;
    private readonly double[] _passage;
    private readonly double[] _latency;
    private readonly double _bytes;
    private readonly double _carried;
    private readonly double _latencyBefore;

    private FreeLinks(int world, double bytes, double[] rates, double[] latency, double carried, double latencyBefore)
    {
        World = world;
        _bytes = bytes;
        _rates = rates;
        _latency = latency;
        _carried = carried;
        _latencyBefore = latencyBefore;
        _passage = [.. rates.Select(rate => rate > 0 ? bytes / (carried + rate) : double.PositiveInfinity)];
    }

    public int World { get; }

    public static FreeLinks Of(LinkCosts costs, double bytes)
    {
        int world = costs.World;
        double[] rates = new double[world * world];
        double[] latency = new double[world * world];
        for (int from = 0; from < world; from++)
        {
            for (int to = 0; to < world; to++)
            {
                rates[from * world + to] = costs.Rate(from, to);
                latency[from * world + to] = costs.LatencySeconds(from, to);
            }
        }

        return new FreeLinks(world, bytes, rates, latency, carried: 0, latencyBefore: 0);
    }

    public double Passage(int from, int to) => _passage[from * World + to];

    public double Latency(int from, int to) => _latency[from * World + to];

    public bool IsFree(int from, int to) => double.IsFinite(Passage(from, to));

    /// <summary>What is left when the ring has taken its links.</summary>
    public FreeLinks Without(ReadOnlySpan<int> ring)
    {
        double[] rates = [.. _rates];
        double bottleneck = double.PositiveInfinity;
        int from = ring[^1];
        foreach (int to in ring)
        {
            ref double rate = ref rates[from * World + to];
            bottleneck = Math.Min(bottleneck, rate);
            rate = 0;
            from = to;
        }

        double latency = Math.Max(_latencyBefore, LatencySum(ring));
        return new FreeLinks(World, _bytes, rates, _latency, _carried + bottleneck, latency);
    }

    /// <summary>What is left when one link is left out.</summary>
    public FreeLinks Without(int from, int to)
    {
        double[] rates = [.. _rates];
        rates[from * World + to] = 0;
        return new FreeLinks(World, _bytes, rates, _latency, _carried, _latencyBefore);
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

    /// <summary>The plan's latency with a ring of this one: less than the rings before have gains nothing.</summary>
    public double PlanLatency(double latencySum) => Math.Max(_latencyBefore, latencySum);

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

    /// <summary>All passages from the least on, each once and in order: the bottlenecks that a ring may have.</summary>
    public double[] Thresholds(double least) =>
        [.. _passage.Where(passage => passage >= least && double.IsFinite(passage)).Distinct().Order()];
}
