using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Algorithms.Costs;

/// <summary>A tree of all members as arrays, to go through it quickly in both directions.</summary>
internal sealed class CostTree
{
    private CostTree(int[] parents, int[] order, int[] children, int depth) =>
        (Parents, FromRoot, Children, Depth) = (parents, order, children, depth);

    /// <summary>By rank; <see cref="IFlowTree.None"/> at the root.</summary>
    public int[] Parents { get; }

    /// <summary>All ranks, the root first and each after its parent.</summary>
    public int[] FromRoot { get; }

    /// <summary>How many each has.</summary>
    public int[] Children { get; }

    /// <summary>Hops from the root to the farthest.</summary>
    public int Depth { get; }

    public int Root => FromRoot[0];

    public static CostTree Of(IFlowTree tree, int world)
    {
        var parents = new int[world];
        var children = new int[world];
        for (int rank = 0; rank < world; rank++)
        {
            parents[rank] = tree.ParentOf(rank);
            if (parents[rank] != IFlowTree.None) children[parents[rank]]++;
        }

        int[] depths = [.. Enumerable.Range(0, world).Select(rank => DepthOf(rank, parents))];
        int[] order = [.. Enumerable.Range(0, world).OrderBy(rank => depths[rank])];
        return new CostTree(parents, order, children, depths.Max());
    }

    private static int DepthOf(int rank, int[] parents)
    {
        int depth = 0;
        for (int at = parents[rank]; at != IFlowTree.None; at = parents[at]) depth++;
        return depth;
    }
}
