using System.Diagnostics;
using Collectives.Algorithms.Topology;
using static Collectives.Algorithms.Tests.Topology.SampleCosts;

namespace Collectives.Algorithms.Tests.Topology;

/// <summary>How long planning takes: the best of some tries, since tests run side by side on few cores.</summary>
public sealed class PlanningTimeTests
{
    private const int Tries = 6;

    [Theory]
    [InlineData(1, 100)]
    [InlineData(4, 300)]
    public void TwelveMembersArePlannedExactlyAtOnce(int mostRings, double limitMs)
    {
        PlannerOptions options = new() { MostRings = mostRings };
        Assert.InRange(LeastMilliseconds(FarApart(12, 1), options), 0, limitMs);
    }

    /// <summary>Where every faster link is a longer one, each threshold is a compromise of its own.</summary>
    [Fact]
    public void TwelveMembersArePlannedAtOnceWhereRateAndLatencyAreAtOdds()
    {
        LinkCosts rates = FarApart(12, 1);
        LinkCosts costs = From(12, rates.Rate, (from, to) => rates.Rate(from, to) * 1e-9);
        PlannerOptions options = new() { MostRings = 1, NominalBytes = 1e7 };
        Assert.InRange(LeastMilliseconds(costs, options), 0, 100);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    public void TheTimeLimitHolds(int world)
    {
        PlannerOptions options = new() { TimeLimitMs = 50 };
        Assert.InRange(LeastMilliseconds(FarApart(world, 1), options), 0, 70);
    }

    private static double LeastMilliseconds(LinkCosts costs, PlannerOptions options)
    {
        double least = double.PositiveInfinity;
        for (int i = 0; i < Tries; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Assert.NotNull(RingPlanner.Plan(costs, options));
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return least;
    }
}
