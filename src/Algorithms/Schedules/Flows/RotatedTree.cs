namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>A tree whose root is member 0, moved to where member 0 is the given one.</summary>
public sealed class RotatedTree(int root, int world, IFlowTree tree) : IFlowTree
{
    private readonly List<int> _inner = [];

    public int Root => root;

    public bool Has(int rank) => true;

    public int ParentOf(int rank) => tree.ParentOf((rank - root + world) % world) is var parent && parent == IFlowTree.None ? parent : (root + parent) % world;

    public void AddChildrenOf(int rank, List<int> children)
    {
        _inner.Clear();
        tree.AddChildrenOf((rank - root + world) % world, _inner);
        foreach (int child in _inner) children.Add((root + child) % world);
    }
}
