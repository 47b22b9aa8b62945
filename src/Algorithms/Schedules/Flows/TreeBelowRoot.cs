namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>A tree of all others, below a root that is none of its nodes.</summary>
/// <param name="others">A tree of world - 1 members, where member i is the one i + 1 on from the root.</param>
public sealed class TreeBelowRoot(int root, int world, IFlowTree others) : IFlowTree
{
    private readonly List<int> _inner = [];

    public int Root => root;

    public bool Has(int rank) => true;

    public int ParentOf(int rank)
    {
        if (rank == root) return IFlowTree.None;
        int parent = others.ParentOf(Inner(rank));
        return parent == IFlowTree.None ? root : Outer(parent);
    }

    public void AddChildrenOf(int rank, List<int> children)
    {
        if (rank == root)
        {
            if (world > 1) children.Add(Outer(others.Root));
            return;
        }

        _inner.Clear();
        others.AddChildrenOf(Inner(rank), _inner);
        foreach (int child in _inner) children.Add(Outer(child));
    }

    private int Inner(int rank) => (rank - root - 1 + world) % world;

    private int Outer(int inner) => (root + 1 + inner) % world;
}
