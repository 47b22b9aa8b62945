using System.Numerics;

namespace Collectives.Algorithms.Reduction.Formats;

/// <summary>
/// A 16-bit floating-point format: how a vector of it becomes two vectors of f32 and back. Elements are taken
/// apart by even and odd position rather than by lower and upper half, since that needs no permutation: in each 32-bit
/// lane the even element is the lower half and the odd one the upper (little-endian).
/// </summary>
internal interface IFloat16
{
    /// <summary>The bits of +infinity: all exponent bits, and the largest magnitude that is not NaN.</summary>
    static abstract ushort Infinity { get; }

    /// <summary>The highest bit of the fraction, which tells quiet NaNs from signalling ones.</summary>
    static abstract ushort Quiet { get; }

    static abstract void Widen(Vector<ushort> value, out Vector<float> even, out Vector<float> odd);

    /// <summary>Rounds to nearest, ties to even. NaN stays NaN, and becomes quiet.</summary>
    static abstract Vector<ushort> Narrow(Vector<float> even, Vector<float> odd);
}
