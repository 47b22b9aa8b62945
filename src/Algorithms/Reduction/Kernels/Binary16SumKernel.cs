using System.Numerics;
using System.Runtime.CompilerServices;
using Collectives.Algorithms.Reduction.Formats;
using Collectives.Algorithms.Reduction.Operators;

namespace Collectives.Algorithms.Reduction.Kernels;

/// <summary>
/// destination[i] = left[i] + right[i] in binary16. Blocks of ordinary numbers, which is nearly all of them, are added
/// as <see cref="AlignedBinary16"/>; a block that may overflow, or has an infinity or a NaN, takes the general way
/// through f32. Both give the same bits.
/// </summary>
internal static unsafe class Binary16SumKernel
{
    private const int VectorsPerBlock = 2;

    public static void Run(
        byte* destination, byte* left, byte* right, nuint elements, double weight, double totalWeight)
    {
        nuint block = (nuint)(VectorsPerBlock * Vector<byte>.Count);
        nuint bytes = elements * sizeof(ushort);
        nuint at = 0;
        while (bytes - at >= block)
        {
            nuint added = AddOrdinary(destination + at, left + at, right + at, (bytes - at) / block) * block;
            at += added;
            if (bytes - at >= block)
            {
                AddGeneral(destination + at, left + at, right + at, block);
                at += block;
            }
        }

        AddGeneral(destination + at, left + at, right + at, bytes - at);
    }

    /// <summary>
    /// Adds blocks up to the first that is not ordinary, and returns their number. It calls nothing, so that its
    /// constants stay in registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nuint AddOrdinary(byte* destination, byte* left, byte* right, nuint blocks)
    {
        nuint step = (nuint)Vector<byte>.Count;
        nuint at = 0;
        for (nuint done = 0; done < blocks; done++)
        {
            Vector<ushort> left0 = Vector.Load((ushort*)(left + at));
            Vector<ushort> left1 = Vector.Load((ushort*)(left + at + step));
            Vector<ushort> right0 = Vector.Load((ushort*)(right + at));
            Vector<ushort> right1 = Vector.Load((ushort*)(right + at + step));
            Vector<ushort> magnitude = Vector.Max(
                AlignedBinary16.Magnitude(left0, right0), AlignedBinary16.Magnitude(left1, right1));
            if (!AlignedBinary16.Holds(magnitude))
                return done;
            Vector.Store(AlignedBinary16.Add(left0, right0), (ushort*)(destination + at));
            Vector.Store(AlignedBinary16.Add(left1, right1), (ushort*)(destination + at + step));
            at += VectorsPerBlock * step;
        }

        return blocks;
    }

    private static void AddGeneral(byte* destination, byte* left, byte* right, nuint bytes) =>
        BinaryKernel.RunLong<ushort, Wide<Binary16, Sum<float>>>(
            destination, left, right, bytes / sizeof(ushort), 1, 1);
}
