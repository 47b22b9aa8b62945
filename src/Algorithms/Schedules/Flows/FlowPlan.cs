namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>What one member does with each block of a collective: from whom it gets it, and to whom it passes it on.</summary>
public sealed class FlowPlan
{
    private readonly List<BlockFlow> _blocks = [];
    private readonly List<int> _ranks = [];

    public FlowPlan(int rank, int world)
    {
        Rank = rank;
        World = world;
    }

    public int Rank { get; }

    public int World { get; }

    /// <summary>Blocks that this member has to do with.</summary>
    public int Blocks => _blocks.Count;

    /// <summary>Partial sums that come to this member, over all blocks: how often somebody sends it one.</summary>
    public int SumSourcesInAll { get; private set; }

    public BlockFlow this[int index] => _blocks[index];

    /// <summary>Who sends partial sums of that block, in the order in which they are added up.</summary>
    public ReadOnlySpan<int> SumSources(int index) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ranks).Slice(_blocks[index].FirstRank, _blocks[index].SumSources);

    /// <summary>To whom the block's result goes on from here.</summary>
    public ReadOnlySpan<int> ResultTargets(int index) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ranks).Slice(_blocks[index].FirstRank + _blocks[index].SumSources, _blocks[index].ResultTargets);

    /// <summary>The place of the block with that name among this member's blocks; -1: none of its own.</summary>
    public int IndexOf(long name)
    {
        // Where every member has to do with every block its name is its place.
        if (name < _blocks.Count && _blocks[(int)name].Name == name) return (int)name;
        int low = 0, high = _blocks.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            long found = _blocks[middle].Name;
            if (found == name) return middle;
            if (found < name) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }

    /// <summary>The next block, with a name above those before it, if this member has to do with it.</summary>
    /// <param name="sum">The way up, or null: nothing is summed, and the root of the way down has the block.</param>
    /// <param name="result">The way down, or null: the result stays at the root of the way up.</param>
    /// <param name="keeper">The member that the block is for, or <see cref="IFlowTree.None"/>: all that it comes to.</param>
    public void Add(long name, IFlowTree? sum, IFlowTree? result, int keeper)
    {
        if (sum?.Has(Rank) != true && result?.Has(Rank) != true) return;
        int first = _ranks.Count;
        sum?.AddChildrenOf(Rank, _ranks);
        int sources = _ranks.Count - first;
        result?.AddChildrenOf(Rank, _ranks);
        int targets = _ranks.Count - first - sources;
        // Whoever has much below it is sent to first.
        _ranks.Reverse(first + sources, targets);
        int root = (result ?? sum)!.Root;
        _blocks.Add(new BlockFlow(
            name,
            sum?.ParentOf(Rank) ?? IFlowTree.None,
            result?.ParentOf(Rank) ?? IFlowTree.None,
            root,
            sum is not null,
            keeper == IFlowTree.None ? result is not null || root == Rank : keeper == Rank,
            first,
            sources,
            targets));
        SumSourcesInAll += sources;
    }
}

/// <summary>One block as one member sees it.</summary>
/// <param name="Name">On frames; the same on all members.</param>
/// <param name="SumTarget">Who gets this member's partial sum; none: it is summed up here, or not at all.</param>
/// <param name="ResultSource">Who sends the result; none: it is made here, or stays elsewhere.</param>
/// <param name="Root">Who has it whole first.</param>
/// <param name="IsSummed">Every member adds its own input; otherwise the block is the root's input.</param>
/// <param name="IsKept">It is part of what this member gets; otherwise it is only passed on.</param>
public readonly record struct BlockFlow(
    long Name, int SumTarget, int ResultSource, int Root, bool IsSummed, bool IsKept, int FirstRank, int SumSources, int ResultTargets);
