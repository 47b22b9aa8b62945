using System.Numerics;
using System.Runtime.CompilerServices;

namespace Collectives.Algorithms.Reduction.Formats;

/// <summary>
/// IEEE 754 binary16. .NET 9 has no intrinsic for the processor's conversion, so it is done with integer steps and
/// additions. No f32 subnormal ever enters or leaves a multiplication: on many processors that costs a hundred
/// times the multiplication, and small gradients are subnormal in this format. The idea of letting the float unit
/// normalise and round is Fabian Giesen's ("half to float done quick", 2012).
/// </summary>
internal readonly struct Binary16 : IFloat16
{
    private const int MagnitudeMask = 0x0FFFE000;
    private const int AlignedInfinity = 0x0F800000;

    /// <summary>Difference of the exponent biases, 127 - 15, in place.</summary>
    private const int Rebias = 112 << 23;
    private const int OneExponent = 1 << 23;

    public static ushort Infinity => 0x7C00;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> WidenEven(Vector<ushort> value)
    {
        Vector<int> pair = value.As<ushort, int>();
        return Widen((pair << 13) & Vector.Create<int>(MagnitudeMask), pair << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> WidenOdd(Vector<ushort> value)
    {
        Vector<int> pair = value.As<ushort, int>();
        return Widen((pair >> 3) & Vector.Create<int>(MagnitudeMask), pair);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<uint> Narrow(Vector<float> value)
    {
        Vector<int> bits = value.As<float, int>();
        Vector<int> magnitude = bits & Vector.Create<int>(int.MaxValue);
        Vector<int> nan = Vector.GreaterThan(magnitude, Vector.Create<int>(0x7F800000)) & Vector.Create<int>(0x7E00);

        // Everything from 2^16 up becomes infinity; 2^16 itself has just its bits.
        magnitude = Vector.Min(magnitude, Vector.Create<int>(0x47800000));

        // Nearest even as in BFloat16, with the exponent rebiased in the same addition.
        Vector<int> odd = (magnitude >> 13) & Vector<int>.One;
        Vector<int> normal = (magnitude + Vector.Create<int>(0xFFF - Rebias) + odd) >> 13;

        // Below 2^-14 the result is a multiple of 2^-24, the last place of 0.5f: adding that rounds, and leaves the
        // multiple in the low bits.
        Vector<int> half = Vector.Create<float>(0.5f).As<float, int>();
        Vector<int> subnormal = (magnitude.As<int, float>() + half.As<int, float>()).As<float, int>() - half;
        Vector<int> tiny = Vector.LessThan(magnitude, Vector.Create<int>(Rebias + OneExponent));
        Vector<int> result = Vector.ConditionalSelect(tiny, subnormal, normal) | nan;
        return ((result << 16) | (bits & Vector.Create<int>(int.MinValue))).As<int, uint>();
    }

    /// <summary>From an exponent and fraction laid over an f32's, and a lane whose top bit is the sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Widen(Vector<int> magnitude, Vector<int> sign)
    {
        // A normal number lacks the difference of the biases. A subnormal one also lacks its leading zero: given the
        // exponent of the least normal number it is too large by just that number, 2^-14. Each formula gives too much
        // where it does not apply, so the lesser of the two is right. Positive floats compare like their bits.
        Vector<int> normal = magnitude + Vector.Create<int>(Rebias);
        Vector<float> least = Vector.Create<int>(Rebias + OneExponent).As<int, float>();
        Vector<int> subnormal = ((normal + Vector.Create<int>(OneExponent)).As<int, float>() - least).As<float, int>();
        Vector<int> number = Vector.Min(normal, subnormal);

        // Infinities and NaNs go on to the highest exponent.
        Vector<int> special = Vector.GreaterThan(magnitude, Vector.Create<int>(AlignedInfinity - 1));
        number += special & Vector.Create<int>(Rebias);
        return (number | (sign & Vector.Create<int>(int.MinValue))).As<int, float>();
    }
}
