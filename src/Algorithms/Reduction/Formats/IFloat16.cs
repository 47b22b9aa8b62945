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

    static abstract Vector<float> WidenEven(Vector<ushort> value);

    static abstract Vector<float> WidenOdd(Vector<ushort> value);

    /// <summary>
    /// The nearest element, ties to even, in the upper half of each lane; the lower half is unspecified. NaN stays
    /// NaN, and becomes quiet.
    /// </summary>
    static abstract Vector<uint> Narrow(Vector<float> value);
}
