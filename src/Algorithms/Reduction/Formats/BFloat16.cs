using System.Numerics;
using System.Runtime.CompilerServices;

namespace Collectives.Algorithms.Reduction.Formats;

/// <summary>bfloat16: the upper half of an f32, so widening is a shift and narrowing a rounded one.</summary>
internal readonly struct BFloat16 : IFloat16
{
    public static ushort Infinity => 0x7F80;

    public static ushort Quiet => 0x0040;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(Vector<ushort> value, out Vector<float> even, out Vector<float> odd)
    {
        Vector<uint> pair = value.As<ushort, uint>();
        even = (pair << 16).As<uint, float>();
        odd = (pair & new Vector<uint>(0xFFFF0000)).As<uint, float>();
    }

    /// <summary>
    /// NaNs need no case of their own as long as their lower 16 bits are zero, and they are: arithmetic on widened
    /// elements and finite factors yields the processor's default NaN or the quieted NaN operand.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<ushort> Narrow(Vector<float> even, Vector<float> odd) =>
        Lanes.Join(Round(even.As<float, uint>()) >> 16, Round(odd.As<float, uint>()));

    // Adding just under half a unit of the kept part, and the lowest kept bit, carries exactly where nearest-even
    // rounds up; a carry out of the fraction steps the exponent, up to infinity.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Round(Vector<uint> bits) =>
        bits + new Vector<uint>(0x7FFF) + ((bits >> 16) & Vector<uint>.One);
}
