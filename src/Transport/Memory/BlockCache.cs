using System.Numerics;

namespace Collectives.Transport.Memory;

/// <summary>
/// Blocks of memory of any size, rounded up to powers of two and kept for reuse up to a bound. For what is needed
/// in many sizes and for a moment only: memory fresh from the system costs a fault for each page. Belongs to a
/// progress loop: not thread-safe.
/// </summary>
/// <param name="keepBytes">Blocks that come back go to the system while more than this waits for reuse.</param>
public sealed unsafe class BlockCache(long keepBytes) : IDisposable
{
    private const int MinShift = 12;

    private readonly Stack<nint>[] _free = [.. Enumerable.Range(0, 32 - MinShift).Select(_ => new Stack<nint>(16))];
    private long _keptBytes;

    /// <summary>Bytes in blocks that are rented now.</summary>
    public long RentedBytes { get; private set; }

    /// <summary>Most bytes ever held from the system, rented or kept.</summary>
    public long PeakBytes { get; private set; }

    public byte* Rent(int bytes)
    {
        int size = SizeOf(bytes);
        RentedBytes += size;
        if (_free[ClassOf(size)].TryPop(out nint block))
        {
            _keptBytes -= size;
            return (byte*)block;
        }

        PeakBytes = Math.Max(PeakBytes, RentedBytes + _keptBytes);
        return NativeBlock.Allocate(size);
    }

    /// <summary>With the bytes that were asked for.</summary>
    public void Return(byte* block, int bytes)
    {
        int size = SizeOf(bytes);
        RentedBytes -= size;
        if (_keptBytes + size > keepBytes)
        {
            NativeBlock.Free(block);
            return;
        }

        _keptBytes += size;
        _free[ClassOf(size)].Push((nint)block);
    }

    public void Dispose()
    {
        foreach (Stack<nint> blocks in _free)
        {
            while (blocks.TryPop(out nint block)) NativeBlock.Free((byte*)block);
        }

        _keptBytes = 0;
    }

    private static int SizeOf(int bytes) => (int)Math.Max(1u << MinShift, BitOperations.RoundUpToPowerOf2((uint)bytes));

    private static int ClassOf(int size) => BitOperations.Log2((uint)size) - MinShift;
}
