using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Formats;
using Collectives.Algorithms.Reduction.Kernels;

namespace Collectives.Algorithms.Reduction.Operators;

/// <summary>An f32 operator on elements of a 16-bit format, rounded once at the end.</summary>
internal readonly struct WideUnary<TFormat, TOperator>(TOperator op)
    : IUnaryOperator<WideUnary<TFormat, TOperator>, ushort>
    where TFormat : struct, IFloat16
    where TOperator : struct, IUnaryOperator<TOperator, float>
{
    public static WideUnary<TFormat, TOperator> For(double parameter) => new(TOperator.For(parameter));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<ushort> Apply(Vector<ushort> value)
    {
        Vector<uint> even = TFormat.Narrow(op.Apply(TFormat.WidenEven(value))) >> 16;
        return Lanes.Join(even, TFormat.Narrow(op.Apply(TFormat.WidenOdd(value))));
    }
}
