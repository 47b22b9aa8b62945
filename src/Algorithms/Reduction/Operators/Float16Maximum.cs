using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Formats;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>maximum of IEEE 754-2019, 9.6, in a 16-bit format: NaN if either is NaN, and -0 is less than +0.</summary>
internal readonly struct Float16Maximum<TFormat> : IBinaryOperator<Float16Maximum<TFormat>, ushort>
    where TFormat : struct, IFloat16
{
    public static Float16Maximum<TFormat> For(double weight, double totalWeight) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<ushort> Apply(Vector<ushort> left, Vector<ushort> right)
    {
        Vector<short> first = left.As<ushort, short>();
        Vector<short> second = right.As<ushort, short>();
        Vector<short> key = Vector.Max(Float16Order.Key(first), Float16Order.Key(second));
        return Float16Order.OrNaN<TFormat>(first, second, Float16Order.Key(key));
    }
}
