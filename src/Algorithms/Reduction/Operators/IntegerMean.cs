using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>(left + right) / total, rounded toward zero: the last hop of an average of integers in one pass.</summary>
internal readonly struct IntegerMean<T>(IntegerQuotient<T> quotient) : IBinaryOperator<IntegerMean<T>, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static IntegerMean<T> For(double weight, double totalWeight) => new(IntegerQuotient<T>.For(totalWeight));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Apply(Vector<T> left, Vector<T> right) => quotient.Apply(left + right);
}
