using System.Globalization;
using System.Numerics;
using Collectives.Algorithms.Reduction;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// What all members must call alike. Every frame carries its hash; the whole of it fits the header of a refusal,
/// which shows the others what this member called.
/// </summary>
/// <param name="Count">Elements of <see cref="CollectiveCall.Count"/>; of parts of different lengths, all of them; 0 where members count for themselves.</param>
/// <param name="Root">The slot of the root, or of the member that sends.</param>
/// <param name="Extra">Of a pair the slot of the receiver; of parts of different lengths a hash of these.</param>
internal readonly record struct CallSignature(
    ulong Count, DataType Type, ReduceOp Op, Algorithm Algorithm, Collective Collective = Collective.AllReduce, ushort Root = 0, ushort Extra = 0)
{
    /// <summary>Of the buffer, or of one member's part.</summary>
    public ulong Bytes => Count * (ulong)DataTypes.Size(Type);

    public uint Hash
    {
        get
        {
            uint crc = BitOperations.Crc32C(uint.MaxValue, Count);
            return ~BitOperations.Crc32C(crc, Packed);
        }
    }

    private ulong Packed => (ulong)(byte)Type | ((ulong)(byte)Op << 8) | ((ulong)(byte)Algorithm << 16) | ((ulong)(byte)Collective << 24)
        | ((ulong)Root << 32) | ((ulong)Extra << 48);

    /// <param name="counts">Of each slot's part; empty: all alike.</param>
    public static CallSignature Of(in CollectiveCall call, Algorithm algorithm, ReadOnlySpan<ulong> counts)
    {
        bool reduces = call.Collective is Collective.AllReduce or Collective.ReduceScatter or Collective.Reduce;
        (ulong count, ushort extra) = (call.Count, call.Collective == Collective.Pair ? (ushort)call.Partner : (ushort)0);
        if (!counts.IsEmpty) (count, extra) = call.Collective == Collective.AllToAll ? (0, ushort.MaxValue) : Sum(counts);
        return new CallSignature(count, call.Type, reduces ? call.Op : ReduceOp.Sum, algorithm, call.Collective, (ushort)call.Root, extra);
    }

    /// <summary>A refusal by the member of that rank.</summary>
    public void Write(ref FrameHeader header, int rank)
    {
        header.Kind = FrameKind.Refuse;
        header.Chunk = (uint)rank;
        header.Offset = Count;
        header.Argument = Packed;
    }

    public static CallSignature Read(in FrameHeader header) => new(header.Offset,
        (DataType)(byte)header.Argument, (ReduceOp)(byte)(header.Argument >> 8), (Algorithm)(byte)(header.Argument >> 16),
        (Collective)(byte)(header.Argument >> 24), (ushort)(header.Argument >> 32), (ushort)(header.Argument >> 48));

    public override string ToString()
    {
        string type = DataTypes.IsDefined(Type) ? DataTypes.Name(Type) : $"type {(int)Type}";
        string op = ReduceOps.IsDefined(Op) ? ReduceOps.Name(Op) : $"op {(int)Op}";
        string algorithm = Algorithm == Algorithm.Auto ? "" : $", algorithm {AlgorithmNames.NameOf(Algorithm)}";
        string call = Collective switch
        {
            Collective.AllReduce => $"all_reduce(count {Count}, {type}, {op}",
            Collective.ReduceScatter => $"{(Extra == 0 ? "reduce_scatter" : "reduce_scatter_v")}(count {Count}, {type}, {op}",
            Collective.AllGather => $"{(Extra == 0 ? "all_gather" : "all_gather_v")}(count {Count}, {type}",
            Collective.Broadcast => $"broadcast(count {Count}, {type}, root {Root}",
            Collective.Reduce => $"reduce(count {Count}, {type}, {op}, root {Root}",
            Collective.Gather => $"gather(count {Count}, {type}, root {Root}",
            Collective.Scatter => $"scatter(count {Count}, {type}, root {Root}",
            Collective.AllToAll => Extra == 0 ? $"all_to_all(count {Count}, {type}" : $"all_to_all_v({type}",
            Collective.Pair => $"send and recv(count {Count}, {type}, from {Root} to {Extra}",
            Collective.Barrier => "barrier(",
            _ => $"collective {(int)Collective}(count {Count}, {type}",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{call}{algorithm})");
    }

    /// <summary>All elements, and a hash of the lengths that is never 0.</summary>
    private static (ulong Count, ushort Hash) Sum(ReadOnlySpan<ulong> counts)
    {
        ulong sum = 0;
        uint crc = uint.MaxValue;
        foreach (ulong count in counts)
        {
            sum += count;
            crc = BitOperations.Crc32C(crc, count);
        }

        return (sum, (ushort)Math.Max(1, (crc ^ (crc >> 16)) & ushort.MaxValue));
    }
}
