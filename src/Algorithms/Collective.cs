namespace Collectives.Algorithms;

/// <summary>What members call together. The values stand on frames (docs/wire.md).</summary>
public enum Collective : byte
{
    AllReduce = 1,
    ReduceScatter = 2,
    AllGather = 3,
    Broadcast = 4,
    Reduce = 5,
    Gather = 6,
    Scatter = 7,
    AllToAll = 8,

    /// <summary>A send on one member and the receive on another.</summary>
    Pair = 9,
    Barrier = 10,
}
