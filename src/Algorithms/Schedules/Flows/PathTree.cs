namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>
/// From one member to another: straight where all have links with each other; else in hops of a power of two, at most log2 P of
/// them, over the links that larger worlds have (Bruck et al. 1997, "Efficient algorithms for all-to-all communications in
/// multiport message-passing systems", section 3).
/// </summary>
public sealed class PathTree(int from, int to, int world, bool isStraight) : IFlowTree
{
    public int Root => from;

    public bool Has(int rank)
    {
        for (int at = from; ; at = Next(at))
        {
            if (at == rank) return true;
            if (at == to) return false;
        }
    }

    public int ParentOf(int rank)
    {
        int parent = IFlowTree.None;
        for (int at = from; at != rank; at = Next(at)) parent = at;
        return parent;
    }

    public void AddChildrenOf(int rank, List<int> children)
    {
        if (rank != to) children.Add(Next(rank));
    }

    private int Next(int at)
    {
        int left = (to - at + world) % world;
        return isStraight ? to : (at + (left & -left)) % world;
    }
}
