using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Algorithms.Costs.Families;

/// <summary>
/// A block for each member, which everybody sends it straight, and which it sends to everybody: the fewest hops with the fewest bytes, on
/// all links at once (the all-to-all broadcast of Bruck et al. 1997 with one block each; "Direct" in Chan et al. 2007, "Collective
/// communication: theory, practice, and experience").
/// <code>
///   all-reduce         2 (a + S/P b), and 2(P-1)/P S to send for each
///   reduce-scatter,
///   all-gather         half of that
///   broadcast, reduce  a + S b, and (P-1) S for the root
/// </code>
/// </summary>
internal sealed class DirectFamily : ICostFamily
{
    public Algorithm Algorithm => Algorithm.Direct;

    public bool Offers(in ChoiceQuestion question, WorldShape shape) => shape.HasAllLinks;

    public List<Block> Blocks(in ChoiceQuestion question, WorldShape shape)
    {
        Collective collective = question.Collective;
        int world = shape.World;
        return collective is Collective.Broadcast or Collective.Reduce
            ? [One(question.Root, 1)]
            : [.. Enumerable.Range(0, world).Select(owner => One(owner, 1.0 / world))];

        Block One(int root, double share)
        {
            var ways = CostTree.Of(new StarTree(root, world), world);
            return new Block(share, collective.Sums() ? ways : null, collective.Spreads() ? ways : null);
        }
    }
}
