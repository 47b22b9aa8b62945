using System.Numerics;
using System.Runtime.CompilerServices;

namespace Collectives.Algorithms.Reduction.Formats;

/// <summary>
/// IEEE 754 binary16. .NET 9 has no intrinsic for the processor's conversion, so it is done in integer and float
/// arithmetic; the idea of letting the float unit renormalise subnormals is Fabian Giesen's ("half to float done
/// quick", 2012).
/// </summary>
internal readonly struct Binary16 : IFloat16
{
    /// <summary>Sign, exponent and fraction of an f16 inside an f32: see <see cref="Align"/>.</summary>
    private const uint AlignedMask = 0x8FFFE000;
    private const uint AlignedInfinity = 0x0F800000;

    /// <summary>Difference of the exponent biases, 127 - 15, as a factor.</summary>
    private const float Rebias = 5.192296858534828e33f; // 2^112

    public static ushort Infinity => 0x7C00;

    public static ushort Quiet => 0x0200;

    /// <summary>
    /// Puts each element's exponent and fraction over those of an f32, without rebiasing: the f32 is the element times
    /// 2^-112, subnormals included, except that infinities and NaNs look like numbers from 2^16 * 2^-112 up.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Align(Vector<ushort> value, out Vector<float> even, out Vector<float> odd)
    {
        Vector<uint> mask = new(AlignedMask);
        even = (Lanes.EvenTimes8192(value) & mask).As<uint, float>();
        odd = ((value.As<ushort, int>() >> 3).As<int, uint>() & mask).As<uint, float>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(Vector<ushort> value, out Vector<float> even, out Vector<float> odd)
    {
        Align(value, out even, out odd);
        even = FromAligned(even);
        odd = FromAligned(odd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<ushort> Narrow(Vector<float> even, Vector<float> odd) =>
        Lanes.Join(Narrow(even) >> 16, Narrow(odd));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> FromAligned(Vector<float> aligned)
    {
        Vector<uint> infinity = new(AlignedInfinity);
        Vector<uint> special = Vector.Equals(aligned.As<float, uint>() & infinity, infinity);
        Vector<uint> number = (aligned * new Vector<float>(Rebias)).As<float, uint>();
        return (number | (special & new Vector<uint>(0x7F800000))).As<uint, float>();
    }

    /// <summary>The f16 nearest to each lane, in the lane's upper 16 bits; the lower ones are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Narrow(Vector<float> value)
    {
        Vector<int> bits = value.As<float, int>();
        Vector<int> magnitude = bits & new Vector<int>(0x7FFFFFFF);
        Vector<int> nan = Vector.GreaterThan(magnitude, new Vector<int>(0x7F800000));

        // Everything from 2^16 up becomes infinity; 2^16 itself has just its bits.
        magnitude = Vector.Min(magnitude, new Vector<int>(0x47800000));

        // Nearest even as in BFloat16, with the exponent rebiased in the same addition.
        Vector<int> odd = (magnitude >> 13) & Vector<int>.One;
        Vector<int> normal = (magnitude + new Vector<int>(0xFFF - (112 << 23)) + odd) >> 13;

        // Below 2^-14 the result is a multiple of 2^-24, the last place of 0.5f: adding that rounds, and leaves the
        // multiple in the low bits.
        Vector<float> half = new(0.5f);
        Vector<int> subnormal = (magnitude.As<int, float>() + half).As<float, int>() - half.As<float, int>();

        Vector<int> tiny = Vector.LessThan(magnitude, new Vector<int>(0x38800000));
        Vector<int> result = Vector.ConditionalSelect(tiny, subnormal, normal) | (nan & new Vector<int>(0x7E00));
        return ((result << 16) | (bits & new Vector<int>(int.MinValue))).As<int, uint>();
    }
}
