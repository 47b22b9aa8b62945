using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Formats;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>
/// The order of a 16-bit floating-point format without widening: sign and magnitude become a signed integer that
/// orders like the number, with -0 just below +0.
/// </summary>
internal static class Float16Order
{
    /// <summary>The integer of a number, and back: the same step both ways.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<short> Key(Vector<short> bits) => bits ^ ((bits >> 15) & Vector.Create<short>(0x7FFF));

    /// <summary>The result, or a quiet NaN where an operand is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<ushort> OrNaN<TFormat>(Vector<short> left, Vector<short> right, Vector<short> result)
        where TFormat : struct, IFloat16
    {
        Vector<short> magnitude = Vector.Create<short>(0x7FFF);
        Vector<short> larger = Vector.Max(left & magnitude, right & magnitude);
        Vector<short> nan = Vector.GreaterThan(larger, Vector.Create<short>((short)TFormat.Infinity));
        return (result | (nan & magnitude)).As<short, ushort>();
    }
}
