using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>maximum of IEEE 754-2019, 9.6: NaN if either is NaN, and -0 is less than +0.</summary>
internal readonly struct FloatMaximum<T> : IBinaryOperator<FloatMaximum<T>, T>
    where T : unmanaged
{
    public static FloatMaximum<T> For(double weight, double totalWeight) => default;

    // Where the operands are equal they differ in a zero's sign at most, so "and" gives +0 if there is one. A NaN
    // compares false with everything, itself included: a NaN on the right is what remains, one on the left is chosen.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Apply(Vector<T> left, Vector<T> right)
    {
        Vector<T> tied = Vector.ConditionalSelect(Vector.Equals(left, right), left & right, right);
        Vector<T> keepLeft = Vector.GreaterThan(left, right) | ~Vector.Equals(left, left);
        return Vector.ConditionalSelect(keepLeft, left, tied);
    }
}
