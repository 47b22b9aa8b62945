using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction;

namespace Collectives.Communication.Tests.Support;

/// <summary>Elements of any type as doubles.</summary>
internal static unsafe class Numbers
{
    public static void Write(DataType type, byte* buffer, int index, int value)
    {
        void* at = buffer + (nint)index * DataTypes.Size(type);
        switch (type)
        {
            case DataType.I8: Unsafe.WriteUnaligned(at, (sbyte)value); break;
            case DataType.U8: Unsafe.WriteUnaligned(at, (byte)value); break;
            case DataType.I16: Unsafe.WriteUnaligned(at, (short)value); break;
            case DataType.U16: Unsafe.WriteUnaligned(at, (ushort)value); break;
            case DataType.I32: Unsafe.WriteUnaligned(at, value); break;
            case DataType.U32: Unsafe.WriteUnaligned(at, (uint)value); break;
            case DataType.I64: Unsafe.WriteUnaligned(at, (long)value); break;
            case DataType.U64: Unsafe.WriteUnaligned(at, (ulong)value); break;
            case DataType.F16: Unsafe.WriteUnaligned(at, (Half)value); break;
            case DataType.BF16: Unsafe.WriteUnaligned(at, (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)); break;
            case DataType.F32: Unsafe.WriteUnaligned(at, (float)value); break;
            case DataType.F64: Unsafe.WriteUnaligned(at, (double)value); break;
            default: throw new ArgumentOutOfRangeException(nameof(type));
        }
    }

    public static double Read(DataType type, byte* buffer, int index)
    {
        void* at = buffer + (nint)index * DataTypes.Size(type);
        return type switch
        {
            DataType.I8 => Unsafe.ReadUnaligned<sbyte>(at),
            DataType.U8 => Unsafe.ReadUnaligned<byte>(at),
            DataType.I16 => Unsafe.ReadUnaligned<short>(at),
            DataType.U16 => Unsafe.ReadUnaligned<ushort>(at),
            DataType.I32 => Unsafe.ReadUnaligned<int>(at),
            DataType.U32 => Unsafe.ReadUnaligned<uint>(at),
            DataType.I64 => Unsafe.ReadUnaligned<long>(at),
            DataType.U64 => Unsafe.ReadUnaligned<ulong>(at),
            DataType.F16 => (double)Unsafe.ReadUnaligned<Half>(at),
            DataType.BF16 => BitConverter.UInt32BitsToSingle((uint)Unsafe.ReadUnaligned<ushort>(at) << 16),
            DataType.F32 => Unsafe.ReadUnaligned<float>(at),
            DataType.F64 => Unsafe.ReadUnaligned<double>(at),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
    }

    /// <summary>The exact result of small integers, one of each member.</summary>
    public static double Expect(ReduceOp op, DataType type, IEnumerable<int> values)
    {
        int[] all = [.. values];
        return op switch
        {
            ReduceOp.Sum => all.Sum(),
            ReduceOp.Avg => DataTypes.IsFloating(type) ? (double)all.Sum() / all.Length : all.Sum() / all.Length,
            ReduceOp.Prod => all.Aggregate(1, (product, value) => product * value),
            ReduceOp.Min => all.Min(),
            ReduceOp.Max => all.Max(),
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };
    }
}
