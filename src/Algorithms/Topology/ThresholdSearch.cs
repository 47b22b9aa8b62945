namespace Collectives.Algorithms.Topology;

/// <summary>
/// Reduces the best ring, where the worst link counts and also the sum of latencies, to rings of least latency among
/// the links up to a threshold. The more links are allowed, the less latency is needed: bisection finds the least
/// threshold for which there is a ring at all, and from there the thresholds that can still win are tried. If two
/// thresholds allow the same latency, or the passage alone costs more than a ring already found, nothing between is.
/// (Thresholds for the bottleneck: Garfinkel and Gilbert 1978, "The bottleneck traveling salesman problem"; a maximum
/// and a sum together: Minoux 1989, "Solving combinatorial problems with combined min-max-min-sum objective".)
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
        Keep(_links.Bottleneck(_ring), _links.PlanLatency(_links.LatencySum(_ring)));
    }

    private void Search()
    {
        if (_thresholds.Length == 0) return;
        Found least = Bisect();
        if (double.IsPositiveInfinity(least.Latency)) return;
        int most = _thresholds.Length - 1;
        SearchBetween(least, most, Try(most).Latency);
    }

    /// <summary>The ring of least latency among those with the least bottleneck.</summary>
    private Found Bisect()
    {
        int low = 0;
        int high = _thresholds.Length - 1;
        Found least = new(high, double.PositiveInfinity);
        while (low < high)
        {
            int middle = low + (high - low) / 2;
            Found found = Try(middle);
            if (double.IsPositiveInfinity(found.Latency))
            {
                low = middle + 1;
            }
            else
            {
                high = found.Threshold;
                least = found;
            }
        }

        return double.IsPositiveInfinity(least.Latency) ? Try(high) : least;
    }

    /// <summary>Both ends have been tried. No ring between has less latency than the one at the upper end.</summary>
    private void SearchBetween(Found low, int high, double latencyAtHigh)
    {
        if (high - low.Threshold < 2 || !(latencyAtHigh < low.Latency * (1 - Rounding))) return;
        if (!IsBetter(_thresholds[low.Threshold + 1] + latencyAtHigh) || !_finder.HasTime) return;
        int middle = low.Threshold + (high - low.Threshold) / 2;
        Found found = Try(middle);
        SearchBetween(low, Math.Min(middle, found.Threshold), found.Latency);
        SearchBetween(found with { Threshold = middle }, high, latencyAtHigh);
    }

    private Found Try(int threshold)
    {
        if (!_finder.Find(_thresholds[threshold], _ring)) return new Found(threshold, double.PositiveInfinity);
        double latency = _links.PlanLatency(_links.LatencySum(_ring));
        double bottleneck = _links.Bottleneck(_ring);
        Keep(bottleneck, latency);
        int index = Array.BinarySearch(_thresholds, bottleneck);
        return new Found(index < 0 ? threshold : index, latency);
    }

    private readonly bool IsBetter(double time) => time < _bestTime * (1 - Rounding);

    private void Keep(double passage, double latency)
    {
        if (!double.IsFinite(passage) || !IsBetter(passage + latency)) return;
        _bestTime = passage + latency;
        _ring.CopyTo(_best);
    }

    /// <summary>The least latency at a threshold, and the lowest one at which the same ring is found.</summary>
    private readonly record struct Found(int Threshold, double Latency);
}
