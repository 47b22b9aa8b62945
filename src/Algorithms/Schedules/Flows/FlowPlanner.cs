namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>
/// The ways that blocks take in each collective, for each algorithm: all in terms of trees. docs/algorithms.md draws them, with what
/// they cost.
/// </summary>
public static class FlowPlanner
{
    /// <summary>Worlds up to this have a link between any two members.</summary>
    private const int StraightWorld = LinkSchedule.FullMeshWorld;

    /// <summary>Two blocks, one for each of two trees.</summary>
    public static FlowPlan AllReduceByTrees(int rank, int world)
    {
        FlowPlan plan = new(rank, world);
        for (int i = 0; i < 2; i++)
        {
            BinaryTree tree = new(world, isSecond: i == 1);
            plan.Add(i, tree, tree, IFlowTree.None);
        }

        return plan;
    }

    /// <summary>A block for each member, up to it and down from it over a binomial tree.</summary>
    public static FlowPlan AllReduceByHalving(int rank, int world) => AllReduce(rank, world, root => new BinomialTree(root, world));

    /// <summary>A block for each member, which everybody sends it straight, and which it sends to everybody.</summary>
    public static FlowPlan AllReduceDirect(int rank, int world) => AllReduce(rank, world, root => new StarTree(root, world));

    /// <summary>A block for each member: collected within each site by one of its members, and from site to site among these.</summary>
    public static FlowPlan AllReduceBySites(int rank, int world, IReadOnlyList<int[]> sites)
    {
        FlowPlan plan = new(rank, world);
        for (int owner = 0; owner < world; owner++)
        {
            int site = 0;
            while (Array.IndexOf(sites[site], owner) < 0) site++;
            int place = Array.IndexOf(sites[site], owner);
            plan.Add(owner, new TwoLevelTree(sites, site, place, leads: false), new TwoLevelTree(sites, site, place, leads: true), IFlowTree.None);
        }

        return plan;
    }

    /// <summary>A block for each member, and only that one gets it.</summary>
    public static FlowPlan ReduceScatter(int rank, int world, FlowShape shape, int[] order)
    {
        FlowPlan plan = new(rank, world);
        for (int owner = 0; owner < world; owner++) plan.Add(owner, Of(shape, owner, world, order, leads: false), null, owner);
        return plan;
    }

    /// <summary>A block of each member, and all get it.</summary>
    public static FlowPlan AllGather(int rank, int world, FlowShape shape, int[] order)
    {
        FlowPlan plan = new(rank, world);
        for (int owner = 0; owner < world; owner++) plan.Add(owner, null, Of(shape, owner, world, order, leads: true), IFlowTree.None);
        return plan;
    }

    public static FlowPlan Broadcast(int rank, int world, int root, FlowShape shape, int[] order)
    {
        FlowPlan plan = new(rank, world);
        IFlowTree[] trees = FromRoot(root, world, shape, order, leads: true);
        for (int i = 0; i < trees.Length; i++) plan.Add(i, null, trees[i], IFlowTree.None);
        return plan;
    }

    public static FlowPlan Reduce(int rank, int world, int root, FlowShape shape, int[] order)
    {
        FlowPlan plan = new(rank, world);
        IFlowTree[] trees = FromRoot(root, world, shape, order, leads: false);
        for (int i = 0; i < trees.Length; i++) plan.Add(i, trees[i], null, root);
        return plan;
    }

    /// <summary>How many blocks the buffer of a broadcast or a reduction is cut into.</summary>
    public static int BlocksFromRoot(int world, FlowShape shape) => shape switch
    {
        FlowShape.Tree => 2,
        FlowShape.Halving => Math.Max(1, world - 1),
        _ => 1,
    };

    /// <summary>
    /// Two binary trees from a root. The second one leaves the root out and so is shifted by one, which makes inner nodes of one the leaves of the other; the root
    /// feeds it as well.
    /// </summary>
    public static IFlowTree[] TreesBelow(int root, int world) =>
        [new RotatedTree(root, world, new BinaryTree(world, isSecond: false)), new TreeBelowRoot(root, world, new BinaryTree(world - 1, isSecond: false))];

    /// <summary>A block of each member, for the root.</summary>
    public static FlowPlan Gather(int rank, int world, int root)
    {
        FlowPlan plan = new(rank, world);
        for (int owner = 0; owner < world; owner++) plan.Add(owner, null, Path(owner, root, world), root);
        return plan;
    }

    /// <summary>A block for each member, from the root.</summary>
    public static FlowPlan Scatter(int rank, int world, int root)
    {
        FlowPlan plan = new(rank, world);
        for (int owner = 0; owner < world; owner++) plan.Add(owner, null, Path(root, owner, world), owner);
        return plan;
    }

    /// <summary>A block from each member for each other one. Its name is the sender's rank times the world, plus the receiver's.</summary>
    public static FlowPlan AllToAll(int rank, int world)
    {
        FlowPlan plan = new(rank, world);
        for (int from = 0; from < world; from++)
        {
            for (int to = 0; to < world; to++)
            {
                // Where every way is straight, others' blocks do not come by here.
                if (world <= StraightWorld && from != rank && to != rank) continue;
                plan.Add((long)from * world + to, null, Path(from, to, world), to);
            }
        }

        return plan;
    }

    /// <summary>One block, from one member to another. The others have no part in it.</summary>
    public static FlowPlan Pair(int rank, int world, int from, int to)
    {
        FlowPlan plan = new(rank, world);
        plan.Add(0, null, new PathTree(from, to, world, isStraight: true), to);
        return plan;
    }

    private static FlowPlan AllReduce(int rank, int world, Func<int, IFlowTree> treeOf)
    {
        FlowPlan plan = new(rank, world);
        for (int owner = 0; owner < world; owner++)
        {
            IFlowTree tree = treeOf(owner);
            plan.Add(owner, tree, tree, IFlowTree.None);
        }

        return plan;
    }

    private static PathTree Path(int from, int to, int world) => new(from, to, world, isStraight: world <= StraightWorld);

    private static IFlowTree Of(FlowShape shape, int root, int world, int[] order, bool leads) => shape switch
    {
        FlowShape.Ring => new ChainTree(root, order, leads),
        FlowShape.Halving => new BinomialTree(root, world),
        FlowShape.Direct => new StarTree(root, world),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "expected ring, halving or direct"),
    };

    private static IFlowTree[] FromRoot(int root, int world, FlowShape shape, int[] order, bool leads) => shape switch
    {
        FlowShape.Ring => [new ChainTree(root, order, leads)],
        FlowShape.Direct => [new StarTree(root, world)],
        FlowShape.Tree when world > 1 => TreesBelow(root, world),
        FlowShape.Halving when world > 1 => [.. Enumerable.Range(1, world - 1).Select(i => new StarBelowRoot(root, (root + i) % world, world))],
        _ => [new StarTree(root, world), .. Enumerable.Repeat(new StarTree(root, world), BlocksFromRoot(world, shape) - 1)],
    };
}
