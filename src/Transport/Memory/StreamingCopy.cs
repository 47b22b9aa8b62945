using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Collectives.Transport.Memory;

/// <summary>
/// A copy that is written past the caches, for bytes that nobody reads soon: ordinary stores first fetch the lines that
/// they write from memory, and drive what is at work out of the caches.
/// </summary>
public static unsafe class StreamingCopy
{
    private const int Line = 64;

    /// <summary>Any alignment; the two must not overlap.</summary>
    public static void Run(byte* destination, byte* source, int bytes)
    {
        int at = (int)Math.Min(bytes, -(nint)destination & (Line - 1));
        Unsafe.CopyBlockUnaligned(destination, source, (uint)at);
        for (; at <= bytes - Line; at += Line)
        {
            Vector256<byte> first = Vector256.Load(source + at);
            Vector256<byte> second = Vector256.Load(source + at + Line / 2);
            first.StoreAlignedNonTemporal(destination + at);
            second.StoreAlignedNonTemporal(destination + at + Line / 2);
        }

        Unsafe.CopyBlockUnaligned(destination + at, source + at, (uint)(bytes - at));
        // Only a barrier orders such stores with later ones, by which other threads may hear of the copy.
        Thread.MemoryBarrier();
    }
}
