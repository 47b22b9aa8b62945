using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Algorithms.Costs.Families;

/// <summary>
/// Within each site straight to one of its members, and between sites round these, and back: with k sites and A, B the long links' costs
/// <code>
///   2 (a + S/P b) + 2(k-1)(A + S/P B), and 2(k-1)/k S over the lines between two sites in all
/// </code>
/// where a ring in any order passes as many bytes and P-k hops more. It is the two-level scheme of MagPIe (Kielmann et al. 1999, "MagPIe: MPI's
/// collective communication operations for clustered wide area systems") with a ring above, and another representative for each block.
/// </summary>
internal sealed class HierarchicalFamily : ICostFamily
{
    public Algorithm Algorithm => Algorithm.Hierarchical;

    /// <summary>One site has no lines to save, and sites of one member each have nothing to collect.</summary>
    public bool Offers(in ChoiceQuestion question, WorldShape shape) =>
        question.Collective == Collective.AllReduce && shape.HasAllLinks && shape.Sites.Length > 1 && shape.Sites.Length < shape.World;

    public List<Block> Blocks(in ChoiceQuestion question, WorldShape shape)
    {
        List<Block> blocks = [];
        int[][] sites = shape.Sites;
        for (int site = 0; site < sites.Length; site++)
        {
            for (int place = 0; place < sites[site].Length; place++)
            {
                blocks.Add(new Block(
                    1.0 / shape.World,
                    CostTree.Of(new TwoLevelTree(sites, site, place, leads: false), shape.World),
                    CostTree.Of(new TwoLevelTree(sites, site, place, leads: true), shape.World)));
            }
        }

        return blocks;
    }
}
