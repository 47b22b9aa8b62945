using Collectives.Algorithms.Schedules;
using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Algorithms.Costs.Families;

/// <summary>
/// All inputs to one member, and the sum back: 2 (a + S b). That member sends and receives (P-1) S, all others S: the fewest frames of all,
/// where members share processors, and the most work for one of them, where they do not.
/// </summary>
internal sealed class StarFamily : ICostFamily
{
    public Algorithm Algorithm => Algorithm.Star;

    public bool Offers(in ChoiceQuestion question, WorldShape shape) =>
        question.Collective == Collective.AllReduce && question.Bytes <= ExchangeFamily.MaxBytes && shape.HasAllLinks;

    public List<Block> Blocks(in ChoiceQuestion question, WorldShape shape)
    {
        CostTree tree = CostTree.Of(new StarTree(ExchangeSchedule.Centre, shape.World), shape.World);
        return [new Block(1, tree, tree, IsCut: false)];
    }
}
