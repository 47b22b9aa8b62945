namespace Collectives.Algorithms.Topology;

/// <summary>
/// Improves a ring until no move helps. The moves suit links that differ by direction: two neighbouring stretches
/// change places without being reversed (Or 1976; Kanellakis and Papadimitriou 1980, "Local search for the asymmetric
/// traveling salesman problem"), and one stretch is reversed, with all its links counted backwards. A swap is
/// looked for only from members whose surroundings have changed (Bentley 1992, don't-look bits).
/// </summary>
internal sealed class RingDescent(RingWeights weights)
{
    private readonly int _world = weights.World;
    private readonly RingTour _tour = new(weights.World);
    private readonly int[] _queue = new int[weights.World];
    private readonly bool[] _queued = new bool[weights.World];
    private readonly double[] _along = new double[2 * weights.World];
    private readonly double[] _turned = new double[2 * weights.World];
    private int _queueStart;
    private int _queueLength;

    public RingTour Tour => _tour;

    /// <summary>Lets swaps be looked for from the member that stands at that place.</summary>
    public void LookAt(int place)
    {
        int member = _tour.Around[place];
        if (_queued[member]) return;
        _queued[member] = true;
        _queue[(_queueStart + _queueLength++) % _world] = member;
    }

    public void LookAtAll()
    {
        for (int place = 0; place < _world; place++) LookAt(place);
    }

    public void Run()
    {
        SumAlong();
        do
        {
            while (_queueLength > 0)
            {
                int member = _queue[_queueStart];
                _queueStart = (_queueStart + 1) % _world;
                _queueLength--;
                _queued[member] = false;
                while (ImproveBySwap(_tour.PlaceOf(member)))
                {
                }
            }
        }
        while (ImproveByReversal());
    }

    /// <summary>
    /// The best swap that replaces the link from place i. Of the three links that an improving swap replaces, at least
    /// one is replaced by a lighter one (the gain criterion, Lin and Kernighan 1973), so the others needn't be tried.
    /// </summary>
    private bool ImproveBySwap(int i)
    {
        ReadOnlySpan<int> around = _tour.Around[..(i + _world + 1)];
        ReadOnlySpan<double> along = _along.AsSpan(0, around.Length);
        ReadOnlySpan<double> fromA = weights.From(around[i]);
        ReadOnlySpan<double> toB = weights.To(around[i + 1]);
        double best = weights.LeastGain;
        int bestJ = 0;
        int bestK = 0;
        for (int j = i + 1; j < around.Length - 2; j++)
        {
            double lighter = along[i] - fromA[around[j + 1]];
            if (lighter <= 0) continue;
            double first = lighter + along[j];
            if (first <= best) continue;
            ReadOnlySpan<double> fromC = weights.From(around[j]);
            for (int k = j + 1; k < around.Length - 1; k++)
            {
                double gain = first - fromC[around[k + 1]] + along[k] - toB[around[k]];
                if (gain <= best) continue;
                best = gain;
                bestJ = j;
                bestK = k;
            }
        }

        if (bestK == 0) return false;
        LookAt(i);
        LookAt(i + 1);
        LookAt(bestJ);
        LookAt(bestJ + 1);
        LookAt(bestK);
        LookAt(bestK + 1);
        _tour.SwapStretches(i, bestJ, bestK);
        SumAlong();
        return true;
    }

    /// <summary>The best stretch to travel backwards, of all.</summary>
    private bool ImproveByReversal()
    {
        double best = weights.LeastGain;
        int bestI = 0;
        int bestJ = 0;
        for (int i = 0; i < _world; i++)
        {
            ReadOnlySpan<int> around = _tour.Around[..(i + _world + 1)];
            ReadOnlySpan<double> along = _along.AsSpan(0, around.Length);
            ReadOnlySpan<double> turned = _turned.AsSpan(0, around.Length);
            ReadOnlySpan<double> fromA = weights.From(around[i]);
            ReadOnlySpan<double> fromB = weights.From(around[i + 1]);
            double removed = along[i] + turned[i + 1];
            for (int j = i + 2; j < around.Length - 1; j++)
            {
                double gain = removed + along[j] - fromA[around[j]] - fromB[around[j + 1]] - turned[j];
                if (gain <= best) continue;
                best = gain;
                bestI = i;
                bestJ = j;
            }
        }

        if (bestJ == 0) return false;
        for (int place = bestI; place <= bestJ + 1; place++) LookAt(place);
        _tour.Reverse(bestI, bestJ);
        SumAlong();
        return true;
    }

    /// <summary>
    /// For each place, the weight of the link from there to the next one, and what it costs to have come there from
    /// place 0 backwards instead of forwards.
    /// </summary>
    private void SumAlong()
    {
        ReadOnlySpan<int> around = _tour.Around;
        double turned = 0;
        for (int place = 0; place + 1 < around.Length; place++)
        {
            int here = around[place];
            int next = around[place + 1];
            _along[place] = weights[here, next];
            _turned[place] = turned;
            turned += weights[next, here] - weights[here, next];
        }

        _along[^1] = _along[_world - 1];
        _turned[^1] = turned;
    }
}
