using System.Numerics;
using System.Runtime.CompilerServices;

namespace Collectives.Algorithms.Reduction.Formats;

/// <summary>bfloat16: the upper half of an f32, so widening is a shift and narrowing a rounded one.</summary>
internal readonly struct BFloat16 : IFloat16
{
    public static ushort Infinity => 0x7F80;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> WidenEven(Vector<ushort> value) =>
        (value.As<ushort, uint>() << 16).As<uint, float>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> WidenOdd(Vector<ushort> value) =>
        (value.As<ushort, uint>() & Vector.Create<uint>(0xFFFF0000)).As<uint, float>();

    /// <summary>
    /// Adding just under half a unit of the kept part, and the lowest kept bit, carries exactly where nearest-even
    /// rounds up; a carry out of the fraction steps the exponent, up to infinity. NaNs need no case of their own as
    /// long as their lower 16 bits are zero, and they are: arithmetic on widened elements and factors that are no NaN
    /// yields the processor's default NaN or the quieted NaN operand.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<uint> Narrow(Vector<float> value)
    {
        Vector<uint> bits = value.As<float, uint>();
        return bits + Vector.Create<uint>(0x7FFF) + ((bits >> 16) & Vector<uint>.One);
    }
}
