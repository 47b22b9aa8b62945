using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>
/// value / total, rounded toward zero: turns a sum of integers into an average. The total is the number of
/// members, at most 2^24, since integers carry no weights.
/// </summary>
internal readonly struct IntegerQuotient<T> : IUnaryOperator<IntegerQuotient<T>, T>
    where T : unmanaged, IBinaryInteger<T>
{
    private readonly Vector<float> _floatTotal;
    private readonly Vector<T> _total;

    private IntegerQuotient(double total)
    {
        _floatTotal = Vector.Create<float>((float)total);
        _total = Vector.Create<T>(T.CreateSaturating(total));
    }

    public static IntegerQuotient<T> For(double parameter) => new(parameter);

    // No processor divides vectors of integers. Up to 16 bits the quotient comes from a float division: the exact
    // quotient is at least 1/(total) away from the next integer or is one, and 24 bits are enough to tell. This also
    // holds where the total does not fit in T. Wider types are divided one by one, and there it always fits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Apply(Vector<T> value)
    {
        if (typeof(T) == typeof(sbyte))
        {
            Vector.Widen(value.As<T, sbyte>(), out Vector<short> low, out Vector<short> high);
            return Vector.Narrow(Divide(low), Divide(high)).As<sbyte, T>();
        }

        if (typeof(T) == typeof(byte))
        {
            // Both halves fit in a signed 16-bit lane.
            Vector.Widen(value.As<T, byte>(), out Vector<ushort> low, out Vector<ushort> high);
            return Vector.Narrow(Divide(low.As<ushort, short>()), Divide(high.As<ushort, short>())).As<sbyte, T>();
        }

        if (typeof(T) == typeof(short))
            return Divide(value.As<T, short>()).As<short, T>();

        if (typeof(T) == typeof(ushort))
        {
            Vector.Widen(value.As<T, ushort>(), out Vector<uint> low, out Vector<uint> high);
            return Vector.Narrow(Divide(low.As<uint, int>()), Divide(high.As<uint, int>())).As<short, T>();
        }

        return value / _total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<short> Divide(Vector<short> value)
    {
        Vector.Widen(value, out Vector<int> low, out Vector<int> high);
        return Vector.Narrow(Divide(low), Divide(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<int> Divide(Vector<int> value) =>
        Vector.ConvertToInt32Native(Vector.ConvertToSingle(value) / _floatTotal);
}
