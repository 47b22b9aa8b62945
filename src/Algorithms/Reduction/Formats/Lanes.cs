using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Collectives.Algorithms.Reduction.Formats;

/// <summary>Moves between 16-bit elements and the 32-bit lanes that hold an even and an odd one of them.</summary>
internal static class Lanes
{
    /// <summary>The lower 16 bits of each lane of the first, the upper ones of the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<ushort> Join(Vector<uint> even, Vector<uint> odd)
    {
        // One instruction where there is one. AVX-512 has none for constants, but the general form is one there.
        if (Vector<byte>.Count == 32 && Avx2.IsSupported)
            return Avx2.Blend(even.AsVector256().AsUInt16(), odd.AsVector256().AsUInt16(), 0b10101010).AsVector();
        if (Vector<byte>.Count == 16 && Sse41.IsSupported)
            return Sse41.Blend(even.AsVector128().AsUInt16(), odd.AsVector128().AsUInt16(), 0b10101010).AsVector();
        return Vector.ConditionalSelect(Vector.Create<uint>(0x0000FFFF), even, odd).As<uint, ushort>();
    }

    /// <summary>
    /// The even elements as signed numbers, times 2^13: bit 0 moves to bit 13, and the sign fills bits 28 to 31.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<uint> EvenTimes8192(Vector<ushort> value)
    {
        // Multiply-add of pairs, with zero for the odd element: one instruction for the two shifts below.
        if (Vector<byte>.Count == 64 && Avx512BW.IsSupported)
        {
            return Avx512BW.MultiplyAddAdjacent(value.AsVector512().AsInt16(), Vector512.Create(8192).AsInt16())
                .AsUInt32().AsVector();
        }

        if (Vector<byte>.Count == 32 && Avx2.IsSupported)
        {
            return Avx2.MultiplyAddAdjacent(value.AsVector256().AsInt16(), Vector256.Create(8192).AsInt16())
                .AsUInt32().AsVector();
        }

        if (Vector<byte>.Count == 16 && Sse2.IsSupported)
        {
            return Sse2.MultiplyAddAdjacent(value.AsVector128().AsInt16(), Vector128.Create(8192).AsInt16())
                .AsUInt32().AsVector();
        }

        return ((value.As<ushort, int>() << 16) >> 3).As<int, uint>();
    }
}
