using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>(left + right * weight) / totalWeight: the last hop of a weighted average in one pass.</summary>
internal readonly struct WeightedMean<T>(Vector<T> weight, Vector<T> total) : IBinaryOperator<WeightedMean<T>, T>
    where T : unmanaged, IFloatingPoint<T>
{
    public static WeightedMean<T> For(double weight, double totalWeight) =>
        new(Vector.Create<T>(T.CreateTruncating(weight)), Vector.Create<T>(T.CreateTruncating(totalWeight)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Apply(Vector<T> left, Vector<T> right) => (left + right * weight) / total;
}
