using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Formats;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>
/// An f32 operator on elements of a 16-bit format, rounded once at the end. For sums and products that is the
/// correctly rounded result: f32 has more than twice the digits and two (Figueroa, "When is double rounding
/// innocuous?", 1995).
/// </summary>
internal readonly struct Wide<TFormat, TOperator>(TOperator op) : IBinaryOperator<Wide<TFormat, TOperator>, ushort>
    where TFormat : struct, IFloat16
    where TOperator : struct, IBinaryOperator<TOperator, float>
{
    public static Wide<TFormat, TOperator> For(double weight, double totalWeight) =>
        new(TOperator.For(weight, totalWeight));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<ushort> Apply(Vector<ushort> left, Vector<ushort> right)
    {
        Vector<float> even = op.Apply(TFormat.WidenEven(left), TFormat.WidenEven(right));
        Vector<uint> narrowEven = TFormat.Narrow(even) >> 16;
        Vector<float> odd = op.Apply(TFormat.WidenOdd(left), TFormat.WidenOdd(right));
        return Lanes.Join(narrowEven, TFormat.Narrow(odd));
    }
}
