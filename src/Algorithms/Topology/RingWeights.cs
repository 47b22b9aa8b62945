namespace Collectives.Algorithms.Topology;

/// <summary>
/// One number per link whose sum round a ring a local search can lower: its latency, or, for a link that needs longer
/// than the threshold, a penalty above the latency of any ring. So the sum also counts the links that mustn't be used.
/// </summary>
internal sealed class RingWeights
{
    /// <summary>Relative to the penalty; sums of weights are exact to far less than that.</summary>
    private const double Rounding = 1e-11;

    private readonly FreeLinks _links;
    private readonly double[] _weights;
    private readonly double[] _transposed;

    public RingWeights(FreeLinks links)
    {
        _links = links;
        _weights = new double[links.World * links.World];
        _transposed = new double[links.World * links.World];
        double greatest = 0;
        for (int from = 0; from < World; from++)
        {
            for (int to = 0; to < World; to++)
            {
                if (links.IsFree(from, to)) greatest = Math.Max(greatest, links.Latency(from, to));
            }
        }

        Penalty = greatest > 0 ? 2 * World * greatest : 1;
    }

    public int World => _links.World;

    /// <summary>A ring of less than this uses no forbidden link.</summary>
    public double Penalty { get; }

    /// <summary>A move has to gain more than this, or rounding could make two moves undo each other for ever.</summary>
    public double LeastGain => Penalty * Rounding;

    public double this[int from, int to] => _weights[from * World + to];

    /// <summary>The links from that member, by where they lead.</summary>
    public ReadOnlySpan<double> From(int member) => _weights.AsSpan(member * World, World);

    /// <summary>The links to that member, by where they come from.</summary>
    public ReadOnlySpan<double> To(int member) => _transposed.AsSpan(member * World, World);

    public void SetThreshold(double mostPassage)
    {
        for (int from = 0; from < World; from++)
        {
            for (int to = 0; to < World; to++)
            {
                bool allowed = _links.Passage(from, to) <= mostPassage;
                double weight = allowed ? _links.Latency(from, to) : Penalty;
                _weights[from * World + to] = weight;
                _transposed[to * World + from] = weight;
            }
        }
    }

    public double Sum(ReadOnlySpan<int> ring)
    {
        double sum = 0;
        int from = ring[^1];
        foreach (int to in ring)
        {
            sum += this[from, to];
            from = to;
        }

        return sum;
    }
}
