using System.Numerics;
using System.Runtime.CompilerServices;

namespace Collectives.Algorithms.Reduction.Kernels;

/// <summary>destination[i] = op source[i] over whole buffers; built like <see cref="BinaryKernel"/>.</summary>
internal static unsafe class UnaryKernel
{
    /// <summary>Any alignment; the destination may be the source itself, but must not overlap it otherwise.</summary>
    public static void Run<T, TOperator>(byte* destination, byte* source, nuint elements, double parameter)
        where T : unmanaged
        where TOperator : struct, IUnaryOperator<TOperator, T>
    {
        TOperator op = TOperator.For(parameter);
        nuint step = (nuint)Vector<byte>.Count;
        nuint bytes = elements * (nuint)sizeof(T);
        nuint at = 0;

        for (nuint turns = bytes / (2 * step); turns != 0; turns--)
        {
            Step<T, TOperator>(op, destination + at, source + at);
            Step<T, TOperator>(op, destination + at + step, source + at + step);
            at += 2 * step;
        }

        if (bytes - at >= step)
        {
            Step<T, TOperator>(op, destination + at, source + at);
            at += step;
        }

        if (at != bytes)
            Tail<T, TOperator>(op, destination + at, source + at, (uint)(bytes - at));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<T, TOperator>(TOperator op, byte* destination, byte* source)
        where T : unmanaged
        where TOperator : struct, IUnaryOperator<TOperator, T> =>
        Vector.Store(op.Apply(Vector.Load((T*)source)), (T*)destination);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Tail<T, TOperator>(TOperator op, byte* destination, byte* source, uint bytes)
        where T : unmanaged
        where TOperator : struct, IUnaryOperator<TOperator, T>
    {
        Vector<T> padded = default;
        Unsafe.CopyBlockUnaligned(&padded, source, bytes);
        Vector<T> result = op.Apply(padded);
        Unsafe.CopyBlockUnaligned(destination, &result, bytes);
    }
}
