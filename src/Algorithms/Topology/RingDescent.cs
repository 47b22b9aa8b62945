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
        ReadOnlySpan<int> around = _tour.Around;
        int a = around[i];
        int b = around[i + 1];
        double removed = weights[a, b];
        double best = weights.LeastGain;
        int bestJ = 0;
        int bestK = 0;
        for (int j = i + 1; j < i + _world - 1; j++)
        {
            int c = around[j];
            int d = around[j + 1];
            double first = removed - weights[a, d];
            if (first <= 0) continue;
            first += weights[c, d];
            if (first <= best) continue;
            for (int k = j + 1; k < i + _world; k++)
            {
                int e = around[k];
                int f = around[k + 1];
                double gain = first - weights[c, f] + weights[e, f] - weights[e, b];
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
        return true;
    }

    private bool ImproveByReversal()
    {
        SumTurned();
        ReadOnlySpan<int> around = _tour.Around;
        double best = weights.LeastGain;
        int bestI = 0;
        int bestJ = 0;
        for (int i = 0; i < _world; i++)
        {
            int a = around[i];
            int b = around[i + 1];
            for (int j = i + 2; j < i + _world; j++)
            {
                int c = around[j];
                int d = around[j + 1];
                double inside = _turned[j] - _turned[i + 1];
                double gain = weights[a, b] + weights[c, d] - weights[a, c] - weights[b, d] - inside;
                if (gain <= best) continue;
                best = gain;
                bestI = i;
                bestJ = j;
            }
        }

        if (bestJ == 0) return false;
        for (int place = bestI; place <= bestJ + 1; place++) LookAt(place);
        _tour.Reverse(bestI, bestJ);
        return true;
    }

    /// <summary>What it costs to travel from place 0 to each place backwards instead of forwards.</summary>
    private void SumTurned()
    {
        ReadOnlySpan<int> around = _tour.Around;
        double sum = 0;
        for (int place = 1; place < around.Length; place++)
        {
            sum += weights[around[place], around[place - 1]] - weights[around[place - 1], around[place]];
            _turned[place] = sum;
        }
    }
}
