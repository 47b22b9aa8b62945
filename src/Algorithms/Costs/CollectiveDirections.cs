namespace Collectives.Algorithms.Costs;

/// <summary>Which of the two ways, up and down, the data of a collective goes.</summary>
internal static class CollectiveDirections
{
    /// <summary>Those that there is more than one algorithm for.</summary>
    public static bool HasChoice(this Collective collective) => collective.Sums() || collective.Spreads();

    public static bool Sums(this Collective collective) => collective is Collective.AllReduce or Collective.ReduceScatter or Collective.Reduce;

    public static bool Spreads(this Collective collective) => collective is Collective.AllReduce or Collective.AllGather or Collective.Broadcast;
}
