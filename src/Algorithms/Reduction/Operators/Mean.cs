using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>
/// (left + right) / totalWeight: the last hop of an average in one pass. It divides rather than multiplies by a
/// reciprocal, so that the average of equal values whose sum is exact is that value.
/// </summary>
internal readonly struct Mean<T>(Vector<T> total) : IBinaryOperator<Mean<T>, T>
    where T : unmanaged, IFloatingPoint<T>
{
    public static Mean<T> For(double weight, double totalWeight) =>
        new(Vector.Create<T>(T.CreateTruncating(totalWeight)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Apply(Vector<T> left, Vector<T> right) => (left + right) / total;
}
