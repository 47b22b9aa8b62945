using Collectives.Algorithms.Topology;
using static Collectives.Algorithms.Tests.Topology.SampleCosts;

namespace Collectives.Algorithms.Tests.Topology;

/// <summary>The local search, against the exact one where that is still possible and against rings hidden in the costs.</summary>
public sealed class LargeRingTests
{
    /// <summary>Time enough for the search to end by itself, on any machine: only then is it deterministic.</summary>
    private static readonly PlannerOptions Patient = new() { MostRings = 1, TimeLimitMs = 60_000 };

    [Theory]
    [InlineData(8, 30)]
    [InlineData(13, 20)]
    [InlineData(14, 10)]
    [InlineData(15, 4)]
    [InlineData(16, 3)]
    public void IsWithinFivePercentOfTheBestRing(int world, int seeds)
    {
        double bytes = Patient.NominalBytes;
        for (int seed = 0; seed < seeds; seed++)
        {
            LinkCosts costs = FarApart(world, seed);
            double best = RingPlanner.Plan(costs, Patient with { ExactWorld = 16 })!.PredictedSeconds(bytes);
            double found = RingPlanner.Plan(costs, Patient with { ExactWorld = 3 })!.PredictedSeconds(bytes);
            Assert.InRange(found, best * (1 - 1e-9), best * 1.05);
        }
    }
}
