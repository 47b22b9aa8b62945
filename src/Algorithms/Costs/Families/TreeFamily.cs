using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Algorithms.Costs.Families;

/// <summary>
/// Two binary trees with half of the data each, pipelined (Sanders, Speck and Traeff 2009, "Two-tree algorithms for full bandwidth
/// broadcast, reduction and scan", section 3).
/// <code>
///   all-reduce         2h (a + s b) + S/2 b      h = log2 P hops up and as many down, segments of s bytes
///   broadcast, reduce   h (a + s b) + S/2 b
/// </code>
/// </summary>
internal sealed class TreeFamily : ICostFamily
{
    public Algorithm Algorithm => Algorithm.Tree;

    public bool Offers(in ChoiceQuestion question, WorldShape shape) =>
        question.Collective is Collective.AllReduce or Collective.Broadcast or Collective.Reduce && shape.World > 1;

    public List<Block> Blocks(in ChoiceQuestion question, WorldShape shape)
    {
        Collective collective = question.Collective;
        int world = shape.World;
        IFlowTree[] trees = collective == Collective.AllReduce
            ? [new BinaryTree(world, isSecond: false), new BinaryTree(world, isSecond: true)]
            : FlowPlanner.TreesBelow(question.Root, world);
        return [.. trees.Select(tree => CostTree.Of(tree, world)).Select(ways => new Block(0.5, collective.Sums() ? ways : null, collective.Spreads() ? ways : null))];
    }
}
