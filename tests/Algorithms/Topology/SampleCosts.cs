using Collectives.Algorithms.Topology;

namespace Collectives.Algorithms.Tests.Topology;

/// <summary>Worlds to plan for, the same ones every time.</summary>
internal static class SampleCosts
{
    public const double Megabit = 1e6 / 8;

    /// <summary>Members far apart: 50 to 500 Mbit/s and 10 to 75 ms, each direction for itself.</summary>
    public static LinkCosts FarApart(int world, int seed)
    {
        Random random = new(seed);
        return From(
            world,
            (_, _) => (50 + 450 * random.NextDouble()) * Megabit,
            (_, _) => 0.010 + 0.065 * random.NextDouble());
    }

    /// <summary>As far apart, but each link is missing with that probability.</summary>
    public static LinkCosts WithGaps(int world, int seed, double missing)
    {
        Random random = new(seed);
        return From(
            world,
            (_, _) => random.NextDouble() < missing ? 0 : (50 + 450 * random.NextDouble()) * Megabit,
            (_, _) => 0.010 + 0.065 * random.NextDouble());
    }

    public static LinkCosts Uniform(int world, double rate = 100 * Megabit, double latency = 0.02) =>
        From(world, (_, _) => rate, (_, _) => latency);

    public static LinkCosts From(int world, Func<int, int, double> rate, Func<int, int, double> latency)
    {
        double[] rates = new double[world * world];
        double[] latencies = new double[world * world];
        for (int from = 0; from < world; from++)
        {
            for (int to = 0; to < world; to++)
            {
                rates[from * world + to] = rate(from, to);
                latencies[from * world + to] = latency(from, to);
            }
        }

        return new LinkCosts(world, rates, latencies);
    }
}
