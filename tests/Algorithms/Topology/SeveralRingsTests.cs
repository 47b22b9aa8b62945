using Collectives.Algorithms.Topology;
using static Collectives.Algorithms.Tests.Topology.SampleCosts;

namespace Collectives.Algorithms.Tests.Topology;

/// <summary>Rings side by side: they share no link, and together they are worth it.</summary>
public sealed class SeveralRingsTests
{
    private static readonly double Bytes = PlannerOptions.Default.NominalBytes;

    [Theory]
    [InlineData(3, 60)]
    [InlineData(4, 60)]
    [InlineData(6, 60)]
    [InlineData(8, 30)]
    [InlineData(11, 10)]
    [InlineData(14, 3)]
    public void RingsShareNoLinkAndCarryMoreThanOne(int world, int seeds)
    {
        PlannerOptions options = new() { TimeLimitMs = 60_000 };
        int several = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            LinkCosts costs = FarApart(world, seed);
            RingPlan plan = RingPlanner.Plan(costs, options)!;
            RingPlan one = RingPlanner.Plan(costs, options with { MostRings = 1 })!;
            AssertDisjoint(plan);
            Assert.InRange(plan.Rings.Length, 1, Math.Min(4, world - 1));
            Assert.Equal(1, plan.Rings.Sum(ring => ring.Share), 1e-12);
            double most = plan.Rings.Length == 1 ? 1 : 0.9;
            Assert.InRange(plan.PredictedSeconds(Bytes), 0, one.PredictedSeconds(Bytes) * most);
            Assert.True(plan.Rings.Sum(ring => ring.BottleneckRate) >= one.Rings[0].BottleneckRate);
            double pace = plan.Rings[0].BottleneckRate / plan.Rings[0].Share;
            Assert.All(plan.Rings, ring => Assert.Equal(pace, ring.BottleneckRate / ring.Share, pace * 1e-9));
            if (plan.Rings.Length > 1) several++;
        }

        Assert.InRange(several, seeds / 2, seeds);
    }

    [Fact]
    public void ThreeEqualMembersUseBothDirections()
    {
        RingPlan plan = RingPlanner.Plan(Uniform(3))!;
        Assert.Equal([0.5, 0.5], plan.Rings.Select(ring => ring.Share));
        Assert.Equal<int>([0, 1, 2], plan.Rings[0].Order);
        Assert.Equal<int>([0, 2, 1], plan.Rings[1].Order);
    }

    [Fact]
    public void TwoMembersHaveOneRing() =>
        Assert.Equal(RingPlan.InRankOrder(Uniform(2)), RingPlanner.Plan(Uniform(2)));

    [Fact]
    public void AsManyRingsAsAllowed()
    {
        for (int most = 1; most <= 4; most++)
        {
            RingPlan plan = RingPlanner.Plan(Uniform(7), new PlannerOptions { MostRings = most, NominalBytes = 1e9 })!;
            Assert.Equal(most, plan.Rings.Length);
            AssertDisjoint(plan);
        }
    }

    [Fact]
    public void WhereLatencyIsAllOneRingIsEnough() =>
        Assert.Single(RingPlanner.Plan(Uniform(6), new PlannerOptions { NominalBytes = 1000 })!.Rings);

    [Fact]
    public void AFirstRingThatLeavesAGoodSecondOneIsPreferred()
    {
        int improved = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            LinkCosts costs = FarApart(5, seed);
            RingRoute best = RingPlanner.Plan(costs, new PlannerOptions { MostRings = 1 })!.Rings[0];
            RingPlan plan = RingPlanner.Plan(costs)!;
            if (plan.Rings.All(ring => !ring.Order.SequenceEqual(best.Order))) improved++;
        }

        Assert.InRange(improved, 1, 59);
    }

    [Fact]
    public void NearAndMissingLinksAmongOthersLeaveASoundPlan()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            Random random = new(seed);
            LinkCosts costs = From(
                5,
                (_, _) => new[] { 0, 1e7, 1e8, double.MaxValue, double.PositiveInfinity }[random.Next(5)],
                (_, _) => 0.01 * random.Next(3));
            RingPlan? plan = RingPlanner.Plan(costs);
            RingPlan? one = RingPlanner.Plan(costs, new PlannerOptions { MostRings = 1 });
            Assert.Equal(one is null, plan is null);
            if (plan is null || one is null) continue;
            AssertDisjoint(plan);
            Assert.InRange(plan.PredictedSeconds(Bytes), 0, one.PredictedSeconds(Bytes));
        }
    }

    /// <summary>A tenth is what a ring too many would gain at most without being worth it.</summary>
    [Fact]
    public void NoPackingOfFiveMembersIsMuchBetter()
    {
        List<double> ratios = [];
        int[][] all = [.. AllRings.Of(5).Select(ring => ring.ToArray())];
        for (int seed = 0; seed < 40; seed++)
        {
            LinkCosts costs = FarApart(5, 500 + seed);
            RingRoute[] rings = [.. all.Select(ring => RingRoute.Along(ring, 1, costs))];
            double best = LeastSeconds(rings, 0, [], 0, 0);
            ratios.Add(RingPlanner.Plan(costs)!.PredictedSeconds(Bytes) / (2.0 * 4 / 5 * best));
        }

        ratios.Sort();
        Assert.InRange(ratios[0], 1 - 1e-9, 1 + 1e-9);
        Assert.InRange(ratios[20], 1 - 1e-9, 1.1);
        Assert.InRange(ratios[^1], 1, 1.25);
    }

    /// <summary>Over all sets of up to four rings that share no link, whether worth their lanes or not.</summary>
    private static double LeastSeconds(
        RingRoute[] rings,
        int from,
        HashSet<(int, int)> used,
        double rate,
        double latency)
    {
        double least = rate > 0 ? Bytes / rate + latency : double.PositiveInfinity;
        for (int next = from; next < rings.Length && used.Count < 4 * 5; next++)
        {
            RingRoute ring = rings[next];
            HashSet<(int, int)> links = [.. ring.Order.Select((rank, i) => (rank, ring.Order[(i + 1) % 5]))];
            if (links.Overlaps(used)) continue;
            double seconds = LeastSeconds(
                rings,
                next + 1,
                [.. used, .. links],
                rate + ring.BottleneckRate,
                Math.Max(latency, ring.LatencySum));
            least = Math.Min(least, seconds);
        }

        return least;
    }

    private static void AssertDisjoint(RingPlan plan)
    {
        HashSet<(int From, int To)> used = [];
        foreach (RingRoute ring in plan.Rings)
        {
            for (int i = 0; i < ring.Order.Length; i++)
                Assert.True(used.Add((ring.Order[i], ring.Order[(i + 1) % ring.Order.Length])));
        }
    }
}
