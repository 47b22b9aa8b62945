using System.Numerics;
using System.Runtime.CompilerServices;

namespace Collectives.Algorithms.Reduction.Formats;

/// <summary>
/// Elements of binary16 laid over f32 without rebiasing the exponent: each f32 is the element times 2^-112, and
/// subnormals are subnormal in both, so addition works, at a fraction of a conversion's cost. It holds up to
/// exponent 29, whose sums cannot overflow; infinities and NaNs would look like numbers.
/// </summary>
internal static class AlignedBinary16
{
    /// <summary>The sign at the top; 5 bits of exponent and 10 of fraction from bit 13.</summary>
    private const uint Mask = 0x8FFFE000;

    /// <summary>
    /// The greater magnitude of each two elements, for <see cref="Holds"/>. The maximum of several such vectors stands
    /// for all of their elements.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<ushort> Magnitude(Vector<ushort> left, Vector<ushort> right)
    {
        Vector<ushort> mask = Vector.Create<ushort>(0x7FFF);
        return Vector.Max(left & mask, right & mask);
    }

    /// <summary>Whether no exponent is 30 or 31; those, and only those, carry into the sign when 2 is added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Vector<ushort> magnitude)
    {
        Vector<ushort> carried = (magnitude + Vector.Create<ushort>(0x0800)) & Vector.Create<ushort>(0x8000);
        return Vector.EqualsAll(carried, Vector<ushort>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<ushort> Add(Vector<ushort> left, Vector<ushort> right)
    {
        Vector<uint> even = Round(Even(left) + Even(right));
        Vector<uint> odd = Round(Odd(left) + Odd(right));
        return Lanes.Join(even >> 13, odd << 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Even(Vector<ushort> value) =>
        (Lanes.EvenTimes8192(value) & Vector.Create<uint>(Mask)).As<uint, float>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Odd(Vector<ushort> value) =>
        ((value.As<ushort, int>() >> 3).As<int, uint>() & Vector.Create<uint>(Mask)).As<uint, float>();

    /// <summary>
    /// Nearest even at bit 13, as in <see cref="BFloat16"/>. The arithmetic shift brings down the lowest kept bit and,
    /// with it, copies of the sign: keeping one at bit 28, just above the exponent, puts the sign where both shifts of
    /// <see cref="Add"/> take it from.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Round(Vector<float> aligned)
    {
        Vector<int> bits = aligned.As<float, int>();
        Vector<int> odd = (bits >> 13) & Vector.Create<int>((1 << 28) | 1);
        return (bits + Vector.Create<int>(0xFFF) + odd).As<int, uint>();
    }
}
