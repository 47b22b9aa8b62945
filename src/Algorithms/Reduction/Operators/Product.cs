using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>left * right; integers wrap around.</summary>
internal readonly struct Product<T> : IBinaryOperator<Product<T>, T>
    where T : unmanaged
{
    public static Product<T> For(double weight, double totalWeight) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Apply(Vector<T> left, Vector<T> right) => left * right;
}
