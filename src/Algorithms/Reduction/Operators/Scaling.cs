using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>value * weight: what the member that starts a weighted reduction contributes.</summary>
internal readonly struct Scaling<T>(Vector<T> weight) : IUnaryOperator<Scaling<T>, T>
    where T : unmanaged, IFloatingPoint<T>
{
    public static Scaling<T> For(double parameter) => new(Vector.Create<T>(T.CreateTruncating(parameter)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Apply(Vector<T> value) => value * weight;
}
