using System.Globalization;
using System.Numerics;
using Collectives.Algorithms.Reduction;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// What all members must call alike. Every frame carries its hash; the whole of it fits the header of a refusal,
/// which shows the others what this member called.
/// </summary>
internal readonly record struct CallSignature(ulong Count, DataType Type, ReduceOp Op, Algorithm Algorithm)
{
    /// <summary>Of the buffer.</summary>
    public ulong Bytes => Count * (ulong)DataTypes.Size(Type);

    public uint Hash
    {
        get
        {
            uint crc = BitOperations.Crc32C(uint.MaxValue, Count);
            return ~BitOperations.Crc32C(crc, Packed);
        }
    }

    private ulong Packed => (ulong)(byte)Type | ((ulong)(byte)Op << 8) | ((ulong)(byte)Algorithm << 16);

    /// <summary>A refusal by the member of that rank.</summary>
    public void Write(ref FrameHeader header, int rank)
    {
        header.Kind = FrameKind.Refuse;
        header.Chunk = (uint)rank;
        header.Offset = Count;
        header.Argument = Packed;
    }

    public static CallSignature Read(in FrameHeader header) => new(header.Offset,
        (DataType)(byte)header.Argument, (ReduceOp)(byte)(header.Argument >> 8), (Algorithm)(byte)(header.Argument >> 16));

    public override string ToString()
    {
        string type = DataTypes.IsDefined(Type) ? DataTypes.Name(Type) : $"type {(int)Type}";
        string op = ReduceOps.IsDefined(Op) ? ReduceOps.Name(Op) : $"op {(int)Op}";
        string algorithm = Algorithm == Algorithm.Auto ? "" : $", algorithm {Algorithm.ToString().ToLowerInvariant()}";
        return string.Create(CultureInfo.InvariantCulture, $"all_reduce(count {Count}, {type}, {op}{algorithm})");
    }
}
