namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>
/// The way of a block between members: up, summed on the way, from the leaves to the root; or down, copied, from the root to the
/// leaves. Members are named by rank.
/// </summary>
public interface IFlowTree
{
    const int None = -1;

    int Root { get; }

    /// <summary>Whether the member has a place in it.</summary>
    bool Has(int rank);

    /// <summary><see cref="None"/> for the root.</summary>
    int ParentOf(int rank);

    /// <summary>In the order in which they are summed up. Those who have much below them come last.</summary>
    void AddChildrenOf(int rank, List<int> children);
}
