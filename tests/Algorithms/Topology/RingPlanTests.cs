using System.Collections.Immutable;
using Collectives.Algorithms.Topology;
using static Collectives.Algorithms.Tests.Topology.SampleCosts;

namespace Collectives.Algorithms.Tests.Topology;

/// <summary>What a given plan is predicted to take.</summary>
public sealed class RingPlanTests
{
    private static readonly LinkCosts Costs = From(
        4,
        (from, to) => from == 2 && to == 3 ? 1e6 : 1e8,
        (from, _) => 0.01 * (from + 1));

    [Fact]
    public void TheSlowestLinkAndAllLatenciesMakeTheTime()
    {
        RingPlan plan = RingPlan.InRankOrder(Costs);
        RingRoute ring = Assert.Single(plan.Rings);
        Assert.Equal(1e6, ring.BottleneckRate);
        Assert.Equal(0.1, ring.LatencySum, 1e-12);
        Assert.Equal(2.0 * 3 / 4 * (5e6 / 1e6) + 2 * 3 * (0.1 / 4), plan.PredictedSeconds(5e6), 1e-12);
    }

    [Fact]
    public void TheSlowestRingMakesTheTime()
    {
        RingPlan plan = RingPlan.Evaluate([([0, 1, 2, 3], 0.25), ([0, 3, 2, 1], 0.75)], Costs);
        Assert.Equal(1.5 * (0.25 * 5e6 / 1e6 + 0.1), plan.PredictedSeconds(5e6), 1e-12);
    }

    [Fact]
    public void AMissingLinkTakesForEver()
    {
        LinkCosts costs = From(3, (from, _) => from == 1 ? 0 : 1e8, (_, _) => 0.01);
        Assert.Equal(double.PositiveInfinity, RingPlan.InRankOrder(costs).PredictedSeconds(0));
    }

    [Fact]
    public void NearLinksCostOnlyLatency()
    {
        LinkCosts costs = Uniform(4, double.PositiveInfinity, 0.01);
        Assert.Equal(1.5 * 0.04, RingPlan.InRankOrder(costs).PredictedSeconds(1e15), 1e-12);
    }

    [Fact]
    public void ARingIsTheSameWhereverItStarts()
    {
        RingRoute ring = RingRoute.Along([2, 3, 0, 1], 1, Costs);
        RingRoute same = RingRoute.Along([0, 1, 2, 3], 1, Costs);
        Assert.Equal<int>([0, 1, 2, 3], ring.Order);
        Assert.Equal(same with { LatencySum = 0 }, ring with { LatencySum = 0 });
        Assert.NotEqual(same, RingRoute.Along([0, 3, 2, 1], 1, Costs));
    }

    [Fact]
    public void PlansOfEqualRingsAreEqual()
    {
        RingPlan plan = RingPlan.InRankOrder(Costs);
        RingPlan same = RingPlan.Evaluate([(ImmutableArray.Create(0, 1, 2, 3), 1)], Costs);
        Assert.Equal(plan, same);
        Assert.Equal(plan.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(plan, RingPlan.InRankOrder(Uniform(4)));
    }

    [Fact]
    public void AnOrderHasEachRankOnceAndSharesSumToOne()
    {
        Assert.Throws<ArgumentException>(() => RingRoute.Along([0, 1, 1, 3], 1, Costs));
        Assert.Throws<ArgumentException>(() => RingRoute.Along([0, 1, 2], 1, Costs));
        Assert.Throws<ArgumentException>(() => RingRoute.Along([0, 1, 2, 4], 1, Costs));
        Assert.Throws<ArgumentException>(() => RingPlan.Evaluate([([0, 1, 2, 3], 0.5)], Costs));
    }
}
