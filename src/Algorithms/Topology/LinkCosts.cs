namespace Collectives.Algorithms.Topology;

/// <summary>
/// What the links between the members can carry, each direction for itself: the way from Paris to Rome and the way
/// back are two links that may differ. A rate of 0 says that there is no link at all, an infinite one that bandwidth
/// doesn't matter (members on one machine).
/// </summary>
public sealed class LinkCosts
{
    public const int MinWorld = 2;

    public const int MaxWorld = 64;

    private readonly double[] _rates;
    private readonly double[] _latencies;

    /// <param name="world">The number of members.</param>
    /// <param name="rates">
    /// Bytes per second, world x world, row by row: what rank 0 sends to each, what rank 1 sends to each, and so on.
    /// The diagonal isn't looked at.
    /// </param>
    /// <param name="latencies">Seconds one way, laid out alike; where there is no link, it isn't looked at.</param>
    public LinkCosts(int world, ReadOnlySpan<double> rates, ReadOnlySpan<double> latencies)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(world, MinWorld);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(world, MaxWorld);
        ArgumentOutOfRangeException.ThrowIfNotEqual(rates.Length, world * world);
        ArgumentOutOfRangeException.ThrowIfNotEqual(latencies.Length, world * world);
        World = world;
        _rates = rates.ToArray();
        _latencies = latencies.ToArray();
        for (int from = 0; from < world; from++) CheckRow(from);
    }

    public int World { get; }

    /// <summary>Bytes per second one way; 0 where there is no link, as from a member to itself.</summary>
    public double Rate(int from, int to) => _rates[from * World + to];

    /// <summary>Seconds one way; infinite where there is no link.</summary>
    public double LatencySeconds(int from, int to) => _latencies[from * World + to];

    private void CheckRow(int from)
    {
        for (int to = 0; to < World; to++)
        {
            ref double rate = ref _rates[from * World + to];
            ref double latency = ref _latencies[from * World + to];
            if (from == to) rate = 0;
            if (double.IsNaN(rate) || rate < 0)
                throw new ArgumentException($"The rate from {from} to {to} is {rate}.");
            if (rate == 0) latency = double.PositiveInfinity;
            else if (!double.IsFinite(latency) || latency < 0)
                throw new ArgumentException($"The latency from {from} to {to} is {latency}.");
        }
    }
}
