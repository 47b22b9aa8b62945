using Collectives.Algorithms.Topology;
using static Collectives.Algorithms.Tests.Topology.SampleCosts;

namespace Collectives.Algorithms.Tests.Topology;

/// <summary>The local search, against the exact one where that can still be run and against hidden rings.</summary>
public sealed class LargeRingTests
{
    /// <summary>Time enough for the search to end by itself, on any machine: only then is it deterministic.</summary>
    private static readonly PlannerOptions Patient = new() { MostRings = 1, TimeLimitMs = 60_000 };

    [Theory]
    [InlineData(13, 20)]
    [InlineData(14, 10)]
    [InlineData(15, 4)]
    [InlineData(16, 3)]
    public void IsWithinFivePercentOfTheBestRing(int world, int seeds)
    {
        for (int seed = 0; seed < seeds; seed++)
        {
            LinkCosts costs = FarApart(world, seed);
            double best = Seconds(costs, Patient with { ExactWorld = PlannerOptions.MaxExactWorld });
            Assert.InRange(Seconds(costs, Patient), best * (1 - 1e-9), best * 1.05);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(9)]
    public void IsWithinFivePercentOfTheBestRingInSmallWorldsToo(int world)
    {
        for (int seed = 0; seed < 30; seed++)
        {
            LinkCosts costs = FarApart(world, seed);
            double best = Seconds(costs, Patient);
            double found = Seconds(costs, Patient with { ExactWorld = PlannerOptions.MinExactWorld });
            Assert.InRange(found, best * (1 - 1e-9), best * 1.05);
        }
    }

    [Theory]
    [InlineData(17)]
    [InlineData(20)]
    [InlineData(32)]
    [InlineData(48)]
    public void AHiddenRingIsFoundOrABetterOne(int world)
    {
        for (int seed = 0; seed < 4; seed++)
        {
            (LinkCosts costs, RingPlan hidden) = WithHiddenRing(world, seed, missing: 0);
            double bytes = Patient.NominalBytes;
            Assert.InRange(Seconds(costs, Patient), 0, hidden.PredictedSeconds(bytes) * 1.05);
        }
    }

    [Theory]
    [InlineData(13, 0.6)]
    [InlineData(20, 0.7)]
    [InlineData(32, 0.8)]
    public void MissingLinksAreNotUsed(int world, double missing)
    {
        for (int seed = 0; seed < 6; seed++)
        {
            (LinkCosts costs, RingPlan _) = WithHiddenRing(world, seed, missing);
            Assert.True(double.IsFinite(Seconds(costs, Patient)));
        }
    }

    [Fact]
    public void MembersOfOneMachineStandTogether()
    {
        // Thirty-two ranks dealt out to four machines.
        LinkCosts costs = From(
            32,
            (from, to) => from % 4 == to % 4 ? double.PositiveInfinity : 1e8,
            (from, to) => from % 4 == to % 4 ? 1e-5 : 0.02);
        RingRoute ring = RingPlanner.Plan(costs, Patient)!.Rings[0];
        Assert.Equal(4 * 0.02 + 28 * 1e-5, ring.LatencySum, 1e-9);
    }

    [Fact]
    public void PlacesOnAMapAreVisitedRoundAndNotAcross()
    {
        // On a circle the best way round is known; latency is distance, equal both ways.
        Random random = new(5);
        double[] angles = [.. Enumerable.Range(0, 24).Select(_ => 2 * Math.PI * random.NextDouble())];
        LinkCosts costs = From(24, (_, _) => 1e8, (from, to) => Math.Abs(Math.Sin((angles[from] - angles[to]) / 2)));
        int[] round = [.. Enumerable.Range(0, 24).OrderBy(rank => angles[rank])];
        RingRoute best = RingRoute.Along(round, 1, costs);
        Assert.Equal(best.LatencySum, RingPlanner.Plan(costs, Patient)!.Rings[0].LatencySum, 1e-9);
    }

    [Fact]
    public void TheSameCostsGiveTheSamePlan()
    {
        PlannerOptions several = Patient with { MostRings = 4 };
        Assert.Equal(RingPlanner.Plan(FarApart(18, 1), several), RingPlanner.Plan(FarApart(18, 1), several));
    }

    [Fact]
    public void WithoutTimeThereIsStillAPlanNoWorseThanRankOrder()
    {
        LinkCosts costs = FarApart(40, 1);
        RingPlan plan = RingPlanner.Plan(costs, new PlannerOptions { TimeLimitMs = 0 })!;
        double bytes = Patient.NominalBytes;
        Assert.InRange(plan.PredictedSeconds(bytes), 0, RingPlan.InRankOrder(costs).PredictedSeconds(bytes));
    }

    private static double Seconds(LinkCosts costs, PlannerOptions options)
    {
        RingPlan plan = RingPlanner.Plan(costs, options)!;
        Assert.Equal(Enumerable.Range(0, costs.World), plan.Rings[0].Order.Order());
        return plan.PredictedSeconds(options.NominalBytes);
    }

    /// <summary>Members far apart, and one good but not outstanding ring that misses no link.</summary>
    private static (LinkCosts Costs, RingPlan Hidden) WithHiddenRing(int world, int seed, double missing)
    {
        Random random = new(seed);
        int[] order = [.. Enumerable.Range(0, world)];
        random.Shuffle(order);
        int[] next = new int[world];
        for (int i = 0; i < world; i++) next[order[i]] = order[(i + 1) % world];
        LinkCosts others = WithGaps(world, seed, missing);
        LinkCosts costs = From(
            world,
            (from, to) => next[from] == to ? 450 * Megabit : others.Rate(from, to),
            (from, to) => next[from] == to ? 0.015 : others.LatencySeconds(from, to));
        return (costs, RingPlan.Evaluate([([.. order], 1)], costs));
    }
}
