using System.Numerics;
using System.Runtime.CompilerServices;

namespace Collectives.Algorithms.Reduction.Kernels;

/// <summary>
/// destination[i] = left[i] op right[i] over whole buffers. The vector is as wide as the build allows (16 bytes
/// in the baseline build, 32 with AVX2), which <see cref="Vector{T}"/> settles at compile time.
/// </summary>
internal static unsafe class BinaryKernel
{
    /// <summary>
    /// Reads 2 and writes 1 byte per byte of destination. Any alignment. The destination may be either input
    /// itself, since every vector is read before it is written, but must not overlap one otherwise.
    /// </summary>
    public static void Run<T, TOperator>(
        byte* destination, byte* left, byte* right, nuint elements, double weight, double totalWeight)
        where T : unmanaged
        where TOperator : struct, IBinaryOperator<TOperator, T>
    {
        TOperator op = TOperator.For(weight, totalWeight);
        nuint step = (nuint)Vector<byte>.Count;
        nuint bytes = elements * (nuint)sizeof(T);
        nuint at = 0;

        // Four vectors a turn hide the loop's own instructions.
        for (nuint turns = bytes / (4 * step); turns != 0; turns--)
        {
            Step<T, TOperator>(op, destination + at, left + at, right + at);
            Step<T, TOperator>(op, destination + at + step, left + at + step, right + at + step);
            Step<T, TOperator>(op, destination + at + 2 * step, left + at + 2 * step, right + at + 2 * step);
            Step<T, TOperator>(op, destination + at + 3 * step, left + at + 3 * step, right + at + 3 * step);
            at += 4 * step;
        }

        for (; bytes - at >= step; at += step)
            Step<T, TOperator>(op, destination + at, left + at, right + at);

        if (at != bytes)
            Tail<T, TOperator>(op, destination + at, left + at, right + at, (uint)(bytes - at));
    }

    /// <summary>
    /// The same for operators of many instructions, one vector a turn. The loop does not matter there, and the
    /// compiler inlines an operator just once: repeated, it would exceed what one method may inline and be called.
    /// </summary>
    public static void RunLong<T, TOperator>(
        byte* destination, byte* left, byte* right, nuint elements, double weight, double totalWeight)
        where T : unmanaged
        where TOperator : struct, IBinaryOperator<TOperator, T>
    {
        TOperator op = TOperator.For(weight, totalWeight);
        nuint step = (nuint)Vector<byte>.Count;
        nuint bytes = elements * (nuint)sizeof(T);
        nuint at = 0;
        for (; bytes - at >= step; at += step)
            Step<T, TOperator>(op, destination + at, left + at, right + at);

        if (at != bytes)
            Tail<T, TOperator>(op, destination + at, left + at, right + at, (uint)(bytes - at));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<T, TOperator>(TOperator op, byte* destination, byte* left, byte* right)
        where T : unmanaged
        where TOperator : struct, IBinaryOperator<TOperator, T> =>
        Vector.Store(op.Apply(Vector.Load((T*)left), Vector.Load((T*)right)), (T*)destination);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Tail<T, TOperator>(TOperator op, byte* destination, byte* left, byte* right, uint bytes)
        where T : unmanaged
        where TOperator : struct, IBinaryOperator<TOperator, T>
    {
        Vector<T> paddedLeft = default;
        Vector<T> paddedRight = default;
        Unsafe.CopyBlockUnaligned(&paddedLeft, left, bytes);
        Unsafe.CopyBlockUnaligned(&paddedRight, right, bytes);
        Vector<T> result = op.Apply(paddedLeft, paddedRight);
        Unsafe.CopyBlockUnaligned(destination, &result, bytes);
    }
}
