using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Formats;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>
/// left + right in binary16, with the bits of <see cref="Wide{TFormat,TOperator}"/> at a third of the work. The
/// exponent is not rebiased at all: both elements are added as f32 scaled by 2^-112 (see
/// <see cref="Binary16.Align"/>), where subnormals of f16 are subnormals of f32 and no
/// overflow can happen. Only a vector with an exponent of 30 or 31, which may overflow or is no number,
/// takes the general way.
/// </summary>
internal readonly struct Binary16Sum : IBinaryOperator<Binary16Sum, ushort>
{
    public static Binary16Sum For(double weight, double totalWeight) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<ushort> Apply(Vector<ushort> left, Vector<ushort> right)
    {
        Vector<ushort> magnitude = new(0x7FFF);
        Vector<ushort> larger = Vector.Max(left & magnitude, right & magnitude);

        // One more step of the exponent's second bit carries into the sign from exponent 30 up.
        Vector<ushort> carried = (larger + new Vector<ushort>(0x0800)) & new Vector<ushort>(0x8000);
        if (!Vector.EqualsAll(carried, Vector<ushort>.Zero))
            return ApplyToLarge(left, right);

        Binary16.Align(left, out Vector<float> leftEven, out Vector<float> leftOdd);
        Binary16.Align(right, out Vector<float> rightEven, out Vector<float> rightOdd);
        return Lanes.Join(Round(leftEven + rightEven) >> 13, Round(leftOdd + rightOdd) << 3);
    }

    /// <summary>
    /// Nearest even at bit 13, as in <see cref="BFloat16"/>. The arithmetic shift brings down the lowest kept bit and,
    /// with it, copies of the sign: keeping one at bit 28, just above the f16 exponent, puts the sign where both shifts
    /// of the caller expect it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Round(Vector<float> aligned)
    {
        Vector<int> bits = aligned.As<float, int>();
        Vector<int> odd = (bits >> 13) & new Vector<int>((1 << 28) | 1);
        return (bits + new Vector<int>(0xFFF) + odd).As<int, uint>();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector<ushort> ApplyToLarge(Vector<ushort> left, Vector<ushort> right) =>
        default(Wide<Binary16, Sum<float>>).Apply(left, right);
}
