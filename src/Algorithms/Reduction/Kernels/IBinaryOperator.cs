using System.Numerics;

namespace Collectives.Algorithms.Reduction.Kernels;

/// <summary>
/// An element-wise operation on two inputs, a vector at a time. There is no scalar form: the tail of a buffer
/// is padded to a vector, so an element's bits never depend on where in a segment it lies.
/// </summary>
internal interface IBinaryOperator<TSelf, T>
    where TSelf : struct, IBinaryOperator<TSelf, T>
    where T : unmanaged
{
    /// <summary>The operator for a call; those without parameters ignore both.</summary>
    static abstract TSelf For(double weight, double totalWeight);

    Vector<T> Apply(Vector<T> left, Vector<T> right);
}
