using System.Collections.Immutable;
using Collectives.Algorithms.Topology;
using static Collectives.Algorithms.Tests.Topology.SampleCosts;

namespace Collectives.Algorithms.Tests.Topology;

/// <summary>The single best ring in small worlds, against all rings there are.</summary>
public sealed class RingPlannerTests
{
    private static readonly PlannerOptions OneRing = new() { MostRings = 1 };

    [Theory]
    [InlineData(2, 100)]
    [InlineData(3, 200)]
    [InlineData(4, 200)]
    [InlineData(5, 200)]
    [InlineData(6, 150)]
    [InlineData(7, 60)]
    public void NoRingIsSoonerDone(int world, int seeds)
    {
        double[] sizes = [64 << 20, 1e6, 20e6, 1e9];
        for (int seed = 0; seed < seeds; seed++)
        {
            PlannerOptions options = OneRing with { NominalBytes = sizes[seed % sizes.Length] };
            AssertBest(FarApart(world, seed), options);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void NoRingIsSoonerDoneWhereRatesAreFewAndEqual(int world)
    {
        for (int seed = 0; seed < 100; seed++)
        {
            Random random = new(seed);
            LinkCosts costs = From(
                world,
                (_, _) => new[] { 0, 1e7, 1e8, double.PositiveInfinity }[random.Next(4)],
                (_, _) => 0.01 * random.Next(3));
            AssertBest(costs, OneRing);
        }
    }

    [Theory]
    [InlineData(4, 0.4)]
    [InlineData(5, 0.5)]
    [InlineData(6, 0.5)]
    [InlineData(7, 0.6)]
    public void MissingLinksAreNotUsedAndTheOnlyRingIsFound(int world, double missing)
    {
        int without = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            LinkCosts costs = WithGaps(world, seed, missing);
            if (!AssertBest(costs, OneRing)) without++;
        }

        Assert.InRange(without, 1, 59);
    }

    [Fact]
    public void WithLittleDataLatencyDecidesAndWithMuchTheBottleneck()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            LinkCosts costs = FarApart(6, seed);
            double leastLatency = double.PositiveInfinity;
            double bestRate = 0;
            foreach (int[] order in AllRings.Of(6))
            {
                RingRoute ring = RingRoute.Along(order, 1, costs);
                leastLatency = Math.Min(leastLatency, ring.LatencySum);
                bestRate = Math.Max(bestRate, ring.BottleneckRate);
            }

            Assert.Equal(leastLatency, Only(costs, OneRing with { NominalBytes = 1 }).LatencySum, 1e-6);
            Assert.Equal(bestRate, Only(costs, OneRing with { NominalBytes = 1e12 }).BottleneckRate);
        }
    }

    [Fact]
    public void OfRingsWithTheSameBottleneckTheOneOfLeastLatencyIsTaken()
    {
        // Steps of 2 are shortest but alone make two rings of three.
        double[] latencyOfStep = [0, 0.1, 0.001, 0.1, 0.1, 0.002];
        LinkCosts costs = From(6, (_, _) => 1e8, (from, to) => latencyOfStep[(to - from + 6) % 6]);
        Assert.Equal(AllRings.LeastSeconds(costs, 1e6), Only(costs, OneRing).PredictedSeconds(1e6), 1e-9);
    }

    [Fact]
    public void TheBetterDirectionIsTaken()
    {
        LinkCosts costs = From(5, (from, to) => (to + 1) % 5 == from ? 1e9 : 1e7, (_, _) => 0.01);
        RingRoute ring = Only(costs, OneRing);
        Assert.Equal<int>([0, 4, 3, 2, 1], ring.Order);
        Assert.Equal(1e9, ring.BottleneckRate);
    }

    [Fact]
    public void NearLinksLeaveOnlyLatency()
    {
        LinkCosts costs = From(
            6,
            (_, _) => double.PositiveInfinity,
            (from, to) => (from + 5) % 6 == to ? 0.0001 : 0.001);
        RingPlan plan = RingPlanner.Plan(costs)!;
        RingRoute ring = Assert.Single(plan.Rings);
        Assert.Equal<int>([0, 5, 4, 3, 2, 1], ring.Order);
        Assert.Equal(2 * 5 * 0.0001, plan.PredictedSeconds(1e12), 1e-12);
    }

    [Fact]
    public void MembersOfOneMachineStandTogether()
    {
        // Ranks of the two machines alternate; only the links between the machines are slow.
        LinkCosts costs = From(
            8,
            (from, to) => from % 2 == to % 2 ? double.PositiveInfinity : 1e8,
            (from, to) => from % 2 == to % 2 ? 1e-5 : 0.02);
        ImmutableArray<int> order = Only(costs, OneRing).Order;
        Assert.Equal(2, order.Where((rank, i) => rank % 2 != order[(i + 1) % 8] % 2).Count());
    }

    [Fact]
    public void WhereAllLinksAreAlikeRankOrderStays()
    {
        for (int world = LinkCosts.MinWorld; world <= 14; world++)
            Assert.Equal(RingPlan.InRankOrder(Uniform(world)), RingPlanner.Plan(Uniform(world), OneRing));
    }

    [Fact]
    public void AMemberThatNobodySendsToLeavesNoRing()
    {
        LinkCosts costs = From(5, (_, to) => to == 3 ? 0 : 1e8, (_, _) => 0.01);
        Assert.Null(RingPlanner.Plan(costs));
    }

    [Fact]
    public void RankOrderIsBeatenByHalfInTheMedian()
    {
        List<double> gains = [];
        for (int seed = 0; seed < 100; seed++)
        {
            LinkCosts costs = FarApart(6, 1000 + seed);
            double bytes = PlannerOptions.Default.NominalBytes;
            RingRoute ring = Only(costs, OneRing);
            Assert.Equal(AllRings.LeastSeconds(costs, bytes), ring.PredictedSeconds(bytes), 1e-9);
            gains.Add(RingPlan.InRankOrder(costs).PredictedSeconds(bytes) / ring.PredictedSeconds(bytes));
        }

        gains.Sort();
        Assert.True(gains[50] >= 1.5, $"The median of rank order's time over the best ring's is {gains[50]:F2}.");
    }

    private static RingRoute Only(LinkCosts costs, PlannerOptions options) =>
        Assert.Single(RingPlanner.Plan(costs, options)!.Rings);

    private static bool AssertBest(LinkCosts costs, PlannerOptions options)
    {
        double bytes = options.NominalBytes;
        double least = AllRings.LeastSeconds(costs, bytes);
        RingPlan? plan = RingPlanner.Plan(costs, options);
        Assert.Equal(double.IsFinite(least), plan is not null);
        if (plan is null) return false;
        RingRoute ring = Assert.Single(plan.Rings);
        Assert.Equal(0, ring.Order[0]);
        Assert.Equal(least, plan.PredictedSeconds(bytes), least * 1e-9);
        Assert.Equal(least, AllRings.Seconds(ring.Order.AsSpan(), costs, bytes), least * 1e-9);
        return true;
    }
}
