namespace Collectives.Algorithms.Topology;

/// <summary>
/// Finds good rings in worlds too large for the exact search, by iterated local search (Lourenco, Martin and Stutzle
/// 2003): descend, disturb a little, descend again, and keep what is no worse. It starts from simple rings and from
/// what it found for thresholds before. It may miss a ring that exists where most links are missing: whether there is
/// one at all is as hard as finding the best. When time is up it gives the best of what it has, but it always descends
/// once.
/// </summary>
internal sealed class LocalRingFinder : IRingFinder
{
    /// <summary>Disturbances in vain, per member: after so many there is little left to find.</summary>
    private const int PatiencePerMember = 6;

    /// <summary>The stretches that a disturbance moves are short: most of a good ring is right.</summary>
    private const int LongestStretch = 6;

    /// <summary>Enough to meet one of a few forbidden links most times.</summary>
    private const int PlacesTried = 16;

    private readonly RingWeights _weights;
    private readonly RingDescent _descent;
    private readonly List<int[]> _starts;
    private readonly int _world;
    private readonly TimeBudget _budget;
    private readonly int[] _kept;
    private bool _hasSearched;
    private ulong _random = 0x9E3779B97F4A7C15;

    public LocalRingFinder(FreeLinks links, TimeBudget budget)
    {
        _world = links.World;
        _budget = budget;
        _weights = new RingWeights(links);
        _descent = new RingDescent(_weights);
        _starts = FirstRings.Of(links);
        _kept = new int[_world];
    }

    public bool HasTime => !_budget.IsSpent;

    public bool Find(double mostPassage, Span<int> ring)
    {
        _weights.SetThreshold(mostPassage);
        _descent.Tour.Set(BestStart());
        if (!_hasSearched || HasTime) Search();
        _hasSearched = true;
        _descent.Tour.Order.CopyTo(ring);
        return _weights.Sum(ring) < _weights.Penalty;
    }

    private void Search()
    {
        RingTour tour = _descent.Tour;
        _descent.LookAtAll();
        _descent.Run();
        tour.Order.CopyTo(_kept);
        Disturb(tour, _weights.Sum(_kept));
        tour.Set(_kept);
        _starts.Add([.. _kept]);
    }

    private int[] BestStart()
    {
        int[] best = _starts[0];
        double least = double.PositiveInfinity;
        foreach (int[] start in _starts)
        {
            double sum = _weights.Sum(start);
            if (sum >= least) continue;
            least = sum;
            best = start;
        }

        return best;
    }

    /// <summary>
    /// Keeps the best ring found. Forbidden links that are left make it give up sooner: where there are many, a few
    /// more disturbances don't lead to a ring without.
    /// </summary>
    private void Disturb(RingTour tour, double sum)
    {
        double patience = PatiencePerMember * _world;
        for (double vain = 0; vain < patience && HasTime; vain += Math.Max(1, sum / _weights.Penalty))
        {
            Kick(tour);
            _descent.Run();
            double next = _weights.Sum(tour.Order);
            if (next > sum + _weights.LeastGain)
            {
                tour.Set(_kept);
                continue;
            }

            if (next < sum - _weights.LeastGain) vain = 0;
            sum = next;
            tour.Order.CopyTo(_kept);
        }
    }

    private void Kick(RingTour tour)
    {
        int longest = Math.Min(LongestStretch, (_world - 1) / 3);
        int i = PlaceToDisturb(tour);
        int j = i + 1 + Below(longest);
        int k = j + 1 + Below(longest);
        int l = k + 1 + Below(longest);
        foreach (int place in (ReadOnlySpan<int>)[i, j, k, l])
        {
            _descent.LookAt(place);
            _descent.LookAt(place + 1);
        }

        tour.DoubleBridge(i, j, k, l);
    }

    /// <summary>Anywhere, or before a forbidden link if a few tries meet one: that is what has to go.</summary>
    private int PlaceToDisturb(RingTour tour)
    {
        int place = Below(_world);
        for (int tries = 0; tries < PlacesTried; tries++)
        {
            if (_weights[tour.Around[place], tour.Around[place + 1]] >= _weights.Penalty) break;
            place = Below(_world);
        }

        return place;
    }

    /// <summary>Xorshift (Marsaglia 2003), always from the same seed: equal costs give equal rings.</summary>
    private int Below(int bound)
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return (int)(_random % (uint)bound);
    }
}
