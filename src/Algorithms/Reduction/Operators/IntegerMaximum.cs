using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>The greater of two integers.</summary>
internal readonly struct IntegerMaximum<T> : IBinaryOperator<IntegerMaximum<T>, T>
    where T : unmanaged
{
    public static IntegerMaximum<T> For(double weight, double totalWeight) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Apply(Vector<T> left, Vector<T> right) => Vector.Max(left, right);
}
