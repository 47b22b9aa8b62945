namespace Collectives.Algorithms.Topology;

/// <summary>
/// Reduces the best ring, where the worst link counts and also the sum of latencies, to rings of least latency among
/// the links up to a threshold. The more links are allowed, the less latency is needed: bisection finds the least
/// threshold for which there is a ring at all, and from there the thresholds that can still win are tried. If two
/// thresholds allow the same latency, or the passage alone costs more than a ring already found, nothing between is.
/// The thresholds of bottleneck problems are an old idea (Edmonds and Fulkerson 1970, "Bottleneck extrema").
/// </summary>
internal ref struct ThresholdSearch
{
    /// <summary>Less than this is rounding: it makes no ring better than another.</summary>
    private const double Rounding = 1e-12;

    private readonly FreeLinks _links;
    private readonly IRingFinder _finder;
    private readonly double[] _thresholds;
    private readonly Span<int> _ring;
    private readonly Span<int> _best;
    private double _bestTime = double.PositiveInfinity;

    private ThresholdSearch(FreeLinks links, IRingFinder finder, Span<int> best)
    {
        _links = links;
        _finder = finder;
        _thresholds = links.Thresholds(links.LeastBottleneck());
        _ring = new int[links.World];
        _best = best;
    }

    /// <summary>Writes the best ring over free links; false if the finder finds none.</summary>
    public static bool Run(FreeLinks links, IRingFinder finder, Span<int> best)
    {
        ThresholdSearch search = new(links, finder, best);
        search.StartInRankOrder();
        search.Search();
        return double.IsFinite(search._bestTime);
    }

    /// <summary>Rank order wins ties: a world where all links are alike keeps the order that it has.</summary>
    private void StartInRankOrder()
    {
        for (int rank = 0; rank < _ring.Length; rank++) _ring[rank] = rank;
        Keep(_links.Bottleneck(_ring), _links.LatencySum(_ring));
    }

    private void Search()
    {
        if (_thresholds.Length == 0) return;
        int most = _thresholds.Length - 1;
        double leastLatency = LatencyAt(most);
        if (double.IsPositiveInfinity(leastLatency)) return;

        int low = 0;
        int high = most;
        double latencyAtHigh = leastLatency;
        while (low < high)
        {
            int middle = low + (high - low) / 2;
            double latency = LatencyAt(middle);
            if (double.IsPositiveInfinity(latency))
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
                latencyAtHigh = latency;
            }
        }

        SearchBetween(high, latencyAtHigh, most, leastLatency);
    }

    /// <summary>Both ends have been tried. No ring between has less latency than the one at the upper end.</summary>
    private void SearchBetween(int low, double latencyAtLow, int high, double latencyAtHigh)
    {
        if (high - low < 2 || !(latencyAtHigh < latencyAtLow * (1 - Rounding))) return;
        if (!IsBetter(_thresholds[low + 1] + latencyAtHigh)) return;
        int middle = low + (high - low) / 2;
        double latency = LatencyAt(middle);
        SearchBetween(low, latencyAtLow, middle, latency);
        SearchBetween(middle, latency, high, latencyAtHigh);
    }

    private double LatencyAt(int threshold)
    {
        if (!_finder.Find(_thresholds[threshold], _ring)) return double.PositiveInfinity;
        double latency = _links.LatencySum(_ring);
        Keep(_links.Bottleneck(_ring), latency);
        return latency;
    }

    private readonly bool IsBetter(double time) => time < _bestTime * (1 - Rounding);

    private void Keep(double passage, double latency)
    {
        if (!double.IsFinite(passage) || !IsBetter(passage + latency)) return;
        _bestTime = passage + latency;
        _ring.CopyTo(_best);
    }
}
