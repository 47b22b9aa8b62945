using Collectives.Algorithms.Schedules;
using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Algorithms.Costs.Families;

/// <summary>
/// Round the rings of the roster, each with its share of a large buffer (Patarasuk and Yuan 2009, "Bandwidth optimal all-reduce
/// algorithms for clusters of workstations", section 4).
/// <code>
///   all-reduce       max(2(P-1)(a + S/P/m b), 2(P-1)/P S b)     m segments to a chunk: steps of different chunks overlap
///   reduce-scatter,
///   all-gather       half of that
///   broadcast, reduce  (P-1)(a + s b) + S b                     a chain, segments of s bytes
/// </code>
/// </summary>
internal sealed class RingFamily : ICostFamily
{
    public Algorithm Algorithm => Algorithm.Ring;

    public bool Offers(in ChoiceQuestion question, WorldShape shape) => true;

    public List<Block> Blocks(in ChoiceQuestion question, WorldShape shape)
    {
        List<Block> blocks = [];
        IReadOnlyList<RingWay> rings = shape.Rings;
        bool isDivided = question.Collective == Collective.AllReduce && question.Bytes >= RingShares.MinBytes;
        double inAll = isDivided ? rings.Sum(ring => ring.Share) : rings[0].Share;
        foreach (RingWay ring in isDivided ? rings : rings.Take(1)) AddRing(blocks, question, shape.World, ring.Order, ring.Share / inAll);
        return blocks;
    }

    internal static void AddRing(List<Block> blocks, in ChoiceQuestion question, int world, int[] order, double share)
    {
        if (question.Collective is Collective.Broadcast or Collective.Reduce)
        {
            blocks.Add(One(question.Collective, question.Root, order, share));
            return;
        }

        for (int owner = 0; owner < world; owner++) blocks.Add(One(question.Collective, owner, order, share / world));
    }

    private static Block One(Collective collective, int root, int[] order, double share) => new(
        share,
        collective.Sums() ? CostTree.Of(new ChainTree(root, order, leads: false), order.Length) : null,
        collective.Spreads() ? CostTree.Of(new ChainTree(root, order, leads: true), order.Length) : null);
}
