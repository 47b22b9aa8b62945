using System.Collections.Immutable;

namespace Collectives.Algorithms.Topology;

/// <summary>
/// The rings that an all-reduce goes over, and how much of the data over each. Rings run side by side, so the plan
/// takes as long as the slowest of them. That holds if they share no link and if the links have capacity of their own:
/// if the paths between the members are the bottleneck and not a member's own access line.
/// </summary>
public sealed record RingPlan
{
    private const double ShareTolerance = 1e-6;

    public RingPlan(ImmutableArray<RingRoute> rings)
    {
        double sum = rings.Sum(ring => ring.Share);
        if (Math.Abs(sum - 1) > ShareTolerance) throw new ArgumentException($"The shares sum to {sum}, not to 1.");
        Rings = rings;
    }

    public ImmutableArray<RingRoute> Rings { get; }

    /// <summary>The plan that asks nobody: each rank sends to the next.</summary>
    public static RingPlan InRankOrder(LinkCosts costs) =>
        Evaluate([([.. Enumerable.Range(0, costs.World)], 1.0)], costs);

    /// <summary>What given rings are worth under these costs, to see if an earlier plan is still good.</summary>
    public static RingPlan Evaluate(IEnumerable<(ImmutableArray<int> Order, double Share)> rings, LinkCosts costs) =>
        new([.. rings.Select(ring => RingRoute.Along(ring.Order.AsSpan(), ring.Share, costs))]);

    /// <summary>
    /// Seconds that the all-reduce of so many bytes takes, the greatest over the rings of
    /// 2(P-1)/P x (share x bytes / bottleneck rate + latency once round), after Patarasuk and Yuan 2009
    /// (<see cref="RingRoute.PredictedSeconds"/>). Infinite if a link is missing; only latency if all rates are.
    /// </summary>
    public double PredictedSeconds(double bytes) => Rings.Max(ring => ring.PredictedSeconds(ring.Share * bytes));

    public bool Equals(RingPlan? other) => other is not null && Rings.AsSpan().SequenceEqual(other.Rings.AsSpan());

    public override int GetHashCode() => Rings.Aggregate(0, HashCode.Combine);
}
