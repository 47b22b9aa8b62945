using System.Collections.Immutable;

namespace Collectives.Algorithms.Topology;

/// <summary>
/// Rings side by side that share no link. Several carry more than one where the links have capacity of their own:
/// where the paths between the members are the bottleneck, and not each member's own access line, which all rings
/// would share.
///
/// The packing is greedy: the best ring takes its links, the one that adds most among the links left is next, and it
/// stays if the whole plan gains by it. That isn't optimal: a first ring a little slower may leave a better second
/// one. Small worlds try a few such first rings, and the first ring backwards as second one.
/// </summary>
internal sealed class RingPacking(LinkCosts costs, PlannerOptions options)
{
    /// <summary>Another ring costs lanes and memory, so it has to lower the predicted time by a tenth.</summary>
    private const double WorthwhileTime = 0.9;

    /// <summary>Up to this world, searching again for each of some first rings takes next to no time.</summary>
    private const int ManyFirstRingsWorld = 8;

    /// <summary>A first ring this much slower than the best is still looked at.</summary>
    private const double NearlyBest = 0.75;

    private readonly TimeBudget _budget = TimeBudget.OfMilliseconds(options.TimeLimitMs);
    private readonly int _mostRings = Math.Min(options.MostRings, costs.World - 1);

    public RingPlan? Pack()
    {
        FreeLinks all = FreeLinks.Of(costs, options.NominalBytes);
        int[]? first = BestRing(all, 0);
        if (first is null) return null;
        RingPlan plan = Extend(all, [first]);
        if (_mostRings == 1 || costs.World > ManyFirstRingsWorld) return plan;

        foreach (int[] other in OtherFirstRings(all, first))
        {
            plan = Better(plan, Extend(all, [other]));
            plan = Better(plan, Extend(all, [other, Backwards(other)]));
        }

        return plan;
    }

    /// <summary>The best ring, and for each of its links the best one that does without that link.</summary>
    private IEnumerable<int[]> OtherFirstRings(FreeLinks all, int[] first)
    {
        yield return first;
        for (int place = 0; place < first.Length; place++)
        {
            FreeLinks links = all.Without(first[place], first[(place + 1) % first.Length]);
            int[]? other = BestRing(links, 0);
            if (other is not null && all.Bottleneck(first) >= NearlyBest * all.Bottleneck(other)) yield return other;
        }
    }

    /// <summary>These rings, and more as long as each is worth it.</summary>
    private RingPlan Extend(FreeLinks links, ImmutableArray<int[]> rings)
    {
        foreach (int[] ring in rings) links = links.Without(ring);
        RingPlan plan = Share(rings);
        while (rings.Length < _mostRings)
        {
            int[]? next = BestRing(links, rings.Length);
            if (next is null) break;
            rings = rings.Add(next);
            RingPlan more = Share(rings);
            if (Better(plan, more) == plan) break;
            plan = more;
            links = links.Without(next);
        }

        return plan;
    }

    /// <summary>
    /// Each ring gets data in proportion to its bottleneck, so that all are done at once; beside an infinite one,
    /// the others get none.
    /// </summary>
    private RingPlan Share(ImmutableArray<int[]> rings)
    {
        ImmutableArray<RingRoute> whole = [.. rings.Select(ring => RingRoute.Along(ring, 1, costs))];
        double fastest = whole.Max(ring => ring.BottleneckRate);
        double[] weights = [.. whole.Select(ring => ring.BottleneckRate)];
        foreach (ref double weight in weights.AsSpan()) weight = weight == fastest ? 1 : weight / fastest;
        double sum = weights.Sum();
        return new RingPlan([.. whole.Select((ring, i) => ring with { Share = weights[i] / sum })]);
    }

    /// <summary>The one that is sooner done; more rings have to be worth it.</summary>
    private RingPlan Better(RingPlan plan, RingPlan other)
    {
        double worthwhile = other.Rings.Length > plan.Rings.Length ? WorthwhileTime : 1;
        double time = plan.PredictedSeconds(options.NominalBytes);
        return other.PredictedSeconds(options.NominalBytes) < worthwhile * time ? other : plan;
    }

    private int[]? BestRing(FreeLinks links, int ringsBefore)
    {
        int[] ring = new int[costs.World];
        IRingFinder finder = costs.World <= options.ExactWorld
            ? new ExactRingFinder(links)
            : new LocalRingFinder(links, Budget(ringsBefore));
        return ThresholdSearch.Run(links, finder, ring) ? ring : null;
    }

    /// <summary>The first ring matters most: each gets half of the time left, the last one all of it.</summary>
    private TimeBudget Budget(int ringsBefore) => _budget.Part(ringsBefore + 1 < _mostRings ? 0.5 : 1);

    private static int[] Backwards(int[] ring) => [.. ring.Reverse()];
}
