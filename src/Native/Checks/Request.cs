using Collectives.Algorithms;
using Collectives.Algorithms.Reduction;
using Collectives.Communication;

namespace Collectives.Native.Checks;

/// <summary>
/// A collective as the caller wrote it, with nothing checked yet. The call's type, op, root and partner may be any numbers, and
/// its buffers are those that were passed, whether this member's role has a use for them or not.
/// </summary>
internal readonly unsafe struct Request
{
    public required CollectiveCall Call { get; init; }

    /// <summary>The function takes the length of each part, so that Counts has to be there.</summary>
    public bool HasCounts { get; init; }

    /// <summary>Of a pair: this member receives. Root and Partner are set when its own slot is known.</summary>
    public bool Receives { get; init; }

    /// <summary>Of a pair: the slot of the other member.</summary>
    public uint Other { get; init; }

    /// <summary>The root's slot, of collectives that have one.</summary>
    public uint Root { get; init; }

    /// <summary>The arguments that most collectives have; what one has besides is added to it.</summary>
    public static CollectiveCall CallOf(Collective collective, void* send, void* recv, ulong count, int type, int op = (int)ReduceOp.Sum) => new()
    {
        Collective = collective,
        Send = (byte*)send,
        Receive = (byte*)recv,
        Count = count,
        Type = (DataType)type,
        Op = (ReduceOp)op,
    };
}
