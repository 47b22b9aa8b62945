namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>All others are children of the root: one hop, and all bytes on the root's links.</summary>
public sealed class StarTree(int root, int world) : IFlowTree
{
    public int Root => root;

    public bool Has(int rank) => true;

    public int ParentOf(int rank) => rank == root ? IFlowTree.None : root;

    public void AddChildrenOf(int rank, List<int> children)
    {
        if (rank != root) return;
        // From the next member on, so that roots that send at the same time do not all begin with the same one.
        for (int i = 1; i < world; i++) children.Add((root + i) % world);
    }
}
