namespace Collectives.Algorithms.Costs;

/// <summary>A ring of the roster: the ranks in the order in which they send, and its share of the data in proportion to those of the other rings.</summary>
public sealed record RingWay(int[] Order, int Share)
{
    public static RingWay InRankOrder(int world) => new([.. Enumerable.Range(0, world)], 1);
}
