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
        int root = question.Root, world = shape.World;
        return [One(isSecond: false), One(isSecond: true)];

        Block One(bool isSecond)
        {
            IFlowTree tree = collective == Collective.AllReduce
                ? new BinaryTree(world, isSecond) : new TreeBelowRoot(root, world, new BinaryTree(world - 1, isSecond));
            var ways = CostTree.Of(tree, world);
            return new Block(0.5, collective.Sums() ? ways : null, collective.Spreads() ? ways : null);
        }
    }
}
