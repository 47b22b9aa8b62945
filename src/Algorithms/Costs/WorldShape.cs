using Collectives.Algorithms.Schedules;

namespace Collectives.Algorithms.Costs;

/// <summary>What the ways of blocks follow from, besides the call: who there is, and how the roster orders them.</summary>
/// <param name="Rings">The ways round all members; at least one.</param>
internal sealed record WorldShape(int World, IReadOnlyList<RingWay> Rings, int[][] Sites)
{
    public bool HasAllLinks => World <= LinkSchedule.FullMeshWorld;
}
