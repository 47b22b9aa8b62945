using System.Numerics;

namespace Collectives.Algorithms.Reduction.Kernels;

/// <summary>An element-wise operation on one input; otherwise as <see cref="IBinaryOperator{TSelf,T}"/>.</summary>
internal interface IUnaryOperator<TSelf, T>
    where TSelf : struct, IUnaryOperator<TSelf, T>
    where T : unmanaged
{
    /// <summary>The operator for a call: the factor or divisor that it applies.</summary>
    static abstract TSelf For(double parameter);

    Vector<T> Apply(Vector<T> value);
}
