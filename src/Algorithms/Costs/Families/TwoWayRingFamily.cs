namespace Collectives.Algorithms.Costs.Families;

/// <summary>
/// The first ring of the roster with half of the data each way round: as <see cref="RingFamily"/> with S/2, on twice as many links.
/// </summary>
internal sealed class TwoWayRingFamily : ICostFamily
{
    public Algorithm Algorithm => Algorithm.TwoWayRing;

    public bool Offers(in ChoiceQuestion question, WorldShape shape) =>
        question.Collective == Collective.AllReduce && shape.HasAllLinks && shape.World > 2;

    public List<Block> Blocks(in ChoiceQuestion question, WorldShape shape)
    {
        List<Block> blocks = [];
        int[] order = shape.Rings[0].Order;
        RingFamily.AddRing(blocks, question, shape.World, order, 0.5);
        RingFamily.AddRing(blocks, question, shape.World, [.. order.Reverse()], 0.5);
        return blocks;
    }
}
