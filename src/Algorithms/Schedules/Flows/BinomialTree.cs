using System.Numerics;

namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>
/// The binomial tree: the member that is d on from the root hangs below the one that is d without its lowest set bit on. At most
/// ceil(log2 P) hops, in a world of any size, and only between members that are a power of two apart.
///
/// One tree for each root, and a part of the data for each tree, is recursive halving (sums) and recursive doubling (results) as
/// in Thakur, Rabenseifner and Gropp 2005, "Optimization of collective communication operations in MPICH", section 4.5, on the links of
/// the circulant graph (Traeff 2023, "(Poly)logarithmic time construction of round-optimal broadcast schedules"; Bruck et al. 1997)
/// that needs no power of two: each member sends and receives (P-1)/P of the data up, and as much down.
/// </summary>
public sealed class BinomialTree(int root, int world) : IFlowTree
{
    public int Root => root;

    public bool Has(int rank) => true;

    public int ParentOf(int rank)
    {
        int distance = Distance(rank);
        return distance == 0 ? IFlowTree.None : At(distance & (distance - 1));
    }

    public void AddChildrenOf(int rank, List<int> children)
    {
        int distance = Distance(rank);
        int end = distance == 0 ? world : 1 << BitOperations.TrailingZeroCount(distance);
        for (int step = 1; step < end && distance + step < world; step <<= 1) children.Add(At(distance + step));
    }

    private int Distance(int rank) => (rank - root + world) % world;

    private int At(int distance) => (root + distance) % world;
}
