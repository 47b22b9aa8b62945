using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Algorithms.Costs.Families;

/// <summary>
/// A block for each member, up a binomial tree to it and down from it: recursive halving and doubling (Thakur, Rabenseifner and Gropp
/// 2005, "Optimization of collective communication operations in MPICH", section 4.5; Rabenseifner 2004, "Optimization of collective
/// reduction operations") in a world of any size. A broadcast hands block i to member i, which hands it to all others: van de Geijn's
/// scatter and all-gather.
/// <code>
///   all-reduce         2h (a + S/P b) or S/2 b, whichever is more      h = log2 P; half of the blocks take the link to the next member
///   reduce-scatter,
///   all-gather         half of that
///   broadcast, reduce  2 (a + S/(P-1) b)
/// </code>
/// </summary>
internal sealed class HalvingFamily : ICostFamily
{
    public Algorithm Algorithm => Algorithm.Halving;

    public bool Offers(in ChoiceQuestion question, WorldShape shape) =>
        shape.World > 1 && (shape.HasAllLinks || question.Collective is not (Collective.Broadcast or Collective.Reduce));

    public List<Block> Blocks(in ChoiceQuestion question, WorldShape shape)
    {
        Collective collective = question.Collective;
        int root = question.Root, world = shape.World;
        return collective is Collective.Broadcast or Collective.Reduce
            ? [.. Enumerable.Range(1, world - 1).Select(on => One(new StarBelowRoot(root, (root + on) % world, world), 1.0 / (world - 1)))]
            : [.. Enumerable.Range(0, world).Select(owner => One(new BinomialTree(owner, world), 1.0 / world))];

        Block One(IFlowTree tree, double share)
        {
            var ways = CostTree.Of(tree, world);
            return new Block(share, collective.Sums() ? ways : null, collective.Spreads() ? ways : null);
        }
    }
}
