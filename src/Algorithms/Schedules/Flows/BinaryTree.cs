namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>
/// One of the two trees of Sanders, Speck and Traeff 2009, "Two-tree algorithms for full bandwidth broadcast, reduction and scan",
/// section 3: a binary tree numbered in order, and its mirror image (or, with an odd number of members, itself shifted by one), so that whoever
/// is an inner node of one is a leaf of the other. With half of the data on each, every member sends and receives each byte once.
/// About log2 P hops.
///
/// Nodes are numbered from 0, and node 0 is the root. Another node's lowest set bit b is its height: it hangs below the node whose
/// lowest bit is 2b next to it, or, where that is beyond the end, below the node without b. So all links are between members that are
/// a power of two apart.
/// </summary>
/// <param name="isSecond">The other one of the two.</param>
public sealed class BinaryTree(int world, bool isSecond) : IFlowTree
{
    public int Root => RankOf(0);

    public bool Has(int rank) => true;

    public int ParentOf(int rank)
    {
        int node = NodeOf(rank);
        return node == 0 ? IFlowTree.None : RankOf(Above(node));
    }

    public void AddChildrenOf(int rank, List<int> children)
    {
        int node = NodeOf(rank);
        int step = node == 0 ? Highest(world - 1) << 1 : node & -node;
        if (node != 0 && step > 1) children.Add(RankOf(node - (step >> 1)));
        for (step >>= 1; step > 0; step >>= 1)
        {
            // The next higher node, or the one that takes its place where that is beyond the end.
            if (node + step >= world) continue;
            children.Add(RankOf(node + step));
            break;
        }
    }

    private int Above(int node)
    {
        int bit = node & -node;
        int above = (node ^ bit) | (bit << 1);
        return above < world ? above : node ^ bit;
    }

    private int NodeOf(int rank) => !isSecond ? rank : world % 2 == 0 ? world - 1 - rank : (rank + world - 1) % world;

    private int RankOf(int node) => !isSecond ? node : world % 2 == 0 ? world - 1 - node : (node + 1) % world;

    private static int Highest(int value)
    {
        int bit = 1;
        while (bit <= value >> 1) bit <<= 1;
        return value == 0 ? 0 : bit;
    }
}
