using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>The lesser of two integers.</summary>
internal readonly struct IntegerMinimum<T> : IBinaryOperator<IntegerMinimum<T>, T>
    where T : unmanaged
{
    public static IntegerMinimum<T> For(double weight, double totalWeight) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Apply(Vector<T> left, Vector<T> right) => Vector.Min(left, right);
}
