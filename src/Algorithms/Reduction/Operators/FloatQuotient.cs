using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>value / total: turns a sum into an average (see <see cref="Mean{T}"/> for why it divides).</summary>
internal readonly struct FloatQuotient<T>(Vector<T> total) : IUnaryOperator<FloatQuotient<T>, T>
    where T : unmanaged, IFloatingPoint<T>
{
    public static FloatQuotient<T> For(double parameter) => new(Vector.Create<T>(T.CreateTruncating(parameter)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Apply(Vector<T> value) => value / total;
}
