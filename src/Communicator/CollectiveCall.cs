using Collectives.Algorithms.Reduction;

namespace Collectives.Communication;

/// <summary>
/// One collective as the caller asks for it, checked as far as that can be done without knowing the epoch. Buffers with a part for
/// each member have them in the order of slots: the ranks that the last admission point gave, which losses do not change.
/// </summary>
public readonly unsafe struct CollectiveCall
{
    public CollectiveCall()
    {
    }

    public required Collective Collective { get; init; }

    /// <summary>Null where this member sends nothing.</summary>
    public byte* Send { get; init; }

    /// <summary>Null where this member receives nothing.</summary>
    public byte* Receive { get; init; }

    /// <summary>Elements: of the whole buffer where all members have the same one, else of the part of one member.</summary>
    public ulong Count { get; init; }

    public required DataType Type { get; init; }

    public ReduceOp Op { get; init; } = ReduceOp.Sum;

    /// <summary>The slot of the root; of a pair, of the member that sends.</summary>
    public int Root { get; init; }

    /// <summary>Of a pair: the slot of the member that receives.</summary>
    public int Partner { get; init; }

    /// <summary>
    /// Elements of each slot's part, instead of <see cref="Count"/>: of an all-gather and a reduce-scatter the same on all members, of an
    /// all-to-all what this member sends to each. Read while the call is made, and not after. Null: all alike.
    /// </summary>
    public ulong* Counts { get; init; }

    /// <summary>Of an all-to-all with <see cref="Counts"/>: what this member receives from each slot.</summary>
    public ulong* ReceiveCounts { get; init; }
}
