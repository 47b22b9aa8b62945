using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>
/// left * right of 8-bit integers, signed or not, since the low 8 bits are the same. Processors multiply no vectors of
/// bytes; even and odd bytes are multiplied as the low bits of 16-bit lanes.
/// </summary>
internal readonly struct ByteProduct : IBinaryOperator<ByteProduct, byte>
{
    public static ByteProduct For(double weight, double totalWeight) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<byte> Apply(Vector<byte> left, Vector<byte> right)
    {
        Vector<ushort> leftPair = left.As<byte, ushort>();
        Vector<ushort> rightPair = right.As<byte, ushort>();
        Vector<ushort> even = (leftPair * rightPair) & Vector.Create<ushort>(0x00FF);
        Vector<ushort> odd = ((leftPair >> 8) * (rightPair >> 8)) << 8;
        return (even | odd).As<ushort, byte>();
    }
}
