namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>The kinds of trees that a collective can go over.</summary>
public enum FlowShape
{
    /// <summary>In a row along the ring.</summary>
    Ring,

    /// <summary>Binomial trees.</summary>
    Halving,

    /// <summary>Straight to and from the owner of a block.</summary>
    Direct,

    /// <summary>Two binary trees with half of the data each.</summary>
    Tree,
}
