namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>
/// All members in a row, that of a ring: world - 1 hops, and every link carries the block once. Pipelined by segments it takes
/// hardly longer than one hop.
/// </summary>
/// <param name="order">The ring: ranks by place.</param>
/// <param name="leads">
/// True: from the root on along the ring, as a result travels. False: towards the root along the ring, as a sum does.
/// </param>
public sealed class ChainTree(int root, int[] order, bool leads) : IFlowTree
{
    private readonly int _rootPlace = Array.IndexOf(order, root);

    public int Root => root;

    public bool Has(int rank) => true;

    public int ParentOf(int rank) => rank == root ? IFlowTree.None : At(PlaceOf(rank) + (leads ? -1 : 1));

    public void AddChildrenOf(int rank, List<int> children)
    {
        int child = At(PlaceOf(rank) + (leads ? 1 : -1));
        if (child != root) children.Add(child);
    }

    private int PlaceOf(int rank) => rank == root ? _rootPlace : Array.IndexOf(order, rank);

    private int At(int place) => order[(place + order.Length) % order.Length];
}
