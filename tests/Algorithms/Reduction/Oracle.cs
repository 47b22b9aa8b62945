using System.Numerics;
using Collectives.Algorithms.Reduction;

namespace Collectives.Algorithms.Tests.Reduction;

/// <summary>
/// What each element of a reduction must be, computed one at a time from its bits, in BigInteger, scalar floats and
/// the runtime's own conversions: nothing of the kernels is used.
/// </summary>
internal static class Oracle
{
    public static ulong Combine(DataType type, ReduceOp op, ulong left, ulong right, double weight = 1) =>
        DataTypes.IsFloating(type)
            ? Encode(type, Float(type, op, Decode(type, left), Decode(type, right), weight))
            : Wrap(type, Integer(op, Number(type, left), Number(type, right)));

    public static ulong CombineAndFinish(
        DataType type, ReduceOp op, ulong left, ulong right, double weight, double totalWeight)
    {
        if (!DataTypes.IsFloating(type))
            return Finish(type, op, Combine(type, op, left, right), totalWeight);
        double sum = Float(type, op, Decode(type, left), Decode(type, right), weight);
        return Encode(type, op == ReduceOp.Avg ? Narrow(type, sum / Narrow(type, totalWeight)) : sum);
    }

    public static ulong Finish(DataType type, ReduceOp op, ulong value, double totalWeight)
    {
        if (op != ReduceOp.Avg)
            return value;
        return DataTypes.IsFloating(type)
            ? Encode(type, Narrow(type, Decode(type, value) / Narrow(type, totalWeight)))
            : Wrap(type, BigInteger.Divide(Number(type, value), new BigInteger(totalWeight)));
    }

    public static ulong Scale(DataType type, ulong value, double weight) => weight == 1
        ? value
        : Encode(type, Narrow(type, Decode(type, value) * Narrow(type, weight)));

    /// <summary>Equal bits, or NaN where NaN is due.</summary>
    public static bool Matches(DataType type, ulong expected, ulong actual) => expected == actual
        || (DataTypes.IsFloating(type) && double.IsNaN(Decode(type, expected)) && double.IsNaN(Decode(type, actual)));

    public static double Decode(DataType type, ulong bits) => type switch
    {
        DataType.F64 => BitConverter.UInt64BitsToDouble(bits),
        DataType.F32 => BitConverter.UInt32BitsToSingle((uint)bits),
        DataType.BF16 => BitConverter.UInt32BitsToSingle((uint)bits << 16),
        _ => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
    };

    /// <summary>The bits of a value that is already in the type's accumulation precision.</summary>
    public static ulong Encode(DataType type, double value) => type switch
    {
        DataType.F64 => BitConverter.DoubleToUInt64Bits(value),
        DataType.F32 => BitConverter.SingleToUInt32Bits((float)value),
        DataType.BF16 => NearestBFloat16((float)value),
        _ => BitConverter.HalfToUInt16Bits((Half)(float)value),
    };

    // One f32 operation done in double and rounded is the f32 operation: double has more than twice its digits.
    private static double Narrow(DataType type, double value) => type == DataType.F64 ? value : (float)value;

    private static double Float(DataType type, ReduceOp op, double left, double right, double weight) => op switch
    {
        ReduceOp.Sum or ReduceOp.Avg =>
            Narrow(type, left + (weight == 1 ? right : Narrow(type, right * Narrow(type, weight)))),
        ReduceOp.Prod => Narrow(type, left * right),
        ReduceOp.Min => Math.Min(left, right),
        _ => Math.Max(left, right),
    };

    private static BigInteger Integer(ReduceOp op, BigInteger left, BigInteger right) => op switch
    {
        ReduceOp.Sum or ReduceOp.Avg => left + right,
        ReduceOp.Prod => left * right,
        ReduceOp.Min => BigInteger.Min(left, right),
        _ => BigInteger.Max(left, right),
    };

    private static BigInteger Number(DataType type, ulong bits)
    {
        int width = DataTypes.Size(type) * 8;
        bool signed = type is DataType.I8 or DataType.I16 or DataType.I32 or DataType.I64;
        return signed && (bits >> (width - 1)) != 0 ? bits - (BigInteger.One << width) : bits;
    }

    private static ulong Wrap(DataType type, BigInteger value) =>
        (ulong)(value & ((BigInteger.One << (DataTypes.Size(type) * 8)) - 1));

    // The two neighbours on the grid, by distance; infinity stands where the grid's next power of two would.
    private static ulong NearestBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (!float.IsFinite(value))
            return (bits >> 16) | (float.IsNaN(value) ? 0x40u : 0);
        uint below = (bits & 0x7FFFFFFF) >> 16;
        double lower = Decode(DataType.BF16, below);
        double upper = below == 0x7F7F ? Math.Pow(2, 128) : Decode(DataType.BF16, below + 1);
        double magnitude = Math.Abs((double)value);
        bool up = upper - magnitude < magnitude - lower || (upper - magnitude == magnitude - lower && below % 2 == 1);
        return (below + (up ? 1u : 0)) | ((bits >> 16) & 0x8000);
    }
}
