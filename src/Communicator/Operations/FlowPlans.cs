using Collectives.Algorithms;
using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Communication.Operations;

/// <summary>The plans that operations of an epoch have followed, made on first use.</summary>
internal sealed class FlowPlans(Epoch epoch)
{
    private readonly Dictionary<(Collective Collective, Algorithm Algorithm, int Root, int Partner), FlowPlan> _plans = [];
    private int[]? _order;

    /// <summary>The way of chains: that of the ring which carries the most.</summary>
    private int[] Order => _order ??= [.. epoch.Roster.Ways.MaxBy(ring => ring.Share).Order.Select(rank => (int)rank)];

    public FlowPlan For(in CallSignature call, Algorithm algorithm)
    {
        int partner = call.Collective == Collective.Pair ? call.Extra : 0;
        if (_plans.TryGetValue((call.Collective, algorithm, call.Root, partner), out FlowPlan? plan)) return plan;
        plan = Make(call, algorithm);
        _plans.Add((call.Collective, algorithm, call.Root, partner), plan);
        return plan;
    }

    private FlowPlan Make(in CallSignature call, Algorithm algorithm)
    {
        (int rank, int world) = (epoch.Rank, epoch.World);
        int root = call.Root < epoch.Lineage.Slots ? epoch.RankOfSlot(call.Root) : -1;
        return call.Collective switch
        {
            Collective.AllReduce => algorithm switch
            {
                Algorithm.Tree => FlowPlanner.AllReduceByTrees(rank, world),
                Algorithm.Halving => FlowPlanner.AllReduceByHalving(rank, world),
                Algorithm.Direct => FlowPlanner.AllReduceDirect(rank, world),
                Algorithm.Hierarchical => FlowPlanner.AllReduceBySites(rank, world, epoch.Chooser.Sites),
                _ => throw new InvalidOperationException($"no plan for {algorithm}"),
            },
            Collective.ReduceScatter => FlowPlanner.ReduceScatter(rank, world, ShapeOf(algorithm), Order),
            Collective.AllGather => FlowPlanner.AllGather(rank, world, ShapeOf(algorithm), Order),
            Collective.Broadcast => FlowPlanner.Broadcast(rank, world, root, ShapeOf(algorithm), Order),
            Collective.Reduce => FlowPlanner.Reduce(rank, world, root, ShapeOf(algorithm), Order),
            Collective.Gather => FlowPlanner.Gather(rank, world, root),
            Collective.Scatter => FlowPlanner.Scatter(rank, world, root),
            Collective.AllToAll => FlowPlanner.AllToAll(rank, world),
            Collective.Pair => FlowPlanner.Pair(rank, world, root, epoch.RankOfSlot(call.Extra)),
            _ => new FlowPlan(rank, world),
        };
    }

    private static FlowShape ShapeOf(Algorithm algorithm) => algorithm switch
    {
        Algorithm.Ring => FlowShape.Ring,
        Algorithm.Tree => FlowShape.Tree,
        Algorithm.Halving => FlowShape.Halving,
        _ => FlowShape.Direct,
    };
}
