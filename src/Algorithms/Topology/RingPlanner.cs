namespace Collectives.Algorithms.Topology;

/// <summary>
/// Chooses the ring, or the rings, over which an all-reduce is done soonest. In a ring everybody waits for the slowest
/// link, so one bad link in the order of ranks costs all members.
///
/// Up to <see cref="PlannerOptions.ExactWorld"/> members the ring is the best there is; in larger worlds it is the
/// best that a local search comes upon in its time. Several rings are packed greedily (<see cref="RingPacking"/>).
/// </summary>
public static class RingPlanner
{
    /// <summary>
    /// Null if no ring through all members was found because links are missing. In large worlds that doesn't prove
    /// that there is none.
    /// </summary>
    public static RingPlan? Plan(LinkCosts costs, PlannerOptions? options = null)
    {
        options ??= PlannerOptions.Default;
        options.Check();
        return new RingPacking(costs, options).Pack();
    }
}
