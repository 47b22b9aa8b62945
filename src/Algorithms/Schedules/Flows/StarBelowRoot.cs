namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>A root that gives a block to one other member, which gives it to all the rest; or that gets their sum from it.</summary>
public sealed class StarBelowRoot(int root, int middle, int world) : IFlowTree
{
    public int Root => root;

    public bool Has(int rank) => true;

    public int ParentOf(int rank) => rank == root ? IFlowTree.None : rank == middle ? root : middle;

    public void AddChildrenOf(int rank, List<int> children)
    {
        if (rank == root) children.Add(middle);
        if (rank != middle) return;
        for (int i = 1; i < world; i++)
        {
            int other = (middle + i) % world;
            if (other != root) children.Add(other);
        }
    }
}
