using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>
/// left + right * weight. Two roundings, never a fused multiply-add: a result must not depend on which of the
/// library's builds a member loads.
/// </summary>
internal readonly struct WeightedSum<T>(Vector<T> weight) : IBinaryOperator<WeightedSum<T>, T>
    where T : unmanaged, IFloatingPoint<T>
{
    public static WeightedSum<T> For(double weight, double totalWeight) =>
        new(Vector.Create<T>(T.CreateTruncating(weight)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Apply(Vector<T> left, Vector<T> right) => left + right * weight;
}
