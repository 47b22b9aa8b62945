using System.Runtime.InteropServices;

namespace Collectives.Transport.Memory;

/// <summary>
/// Blocks of scratch memory of one size, leased and given back last-in first-out so that the block at hand is
/// the one still in the cache. Belongs to a progress loop: not thread-safe. Memory is taken from the system
/// block by block as needed, up to the limit, and kept.
/// </summary>
public sealed unsafe class ScratchPool : IDisposable
{
    private const nuint Alignment = 4096;

    private readonly byte*[] _blocks;
    private readonly int[] _free;
    private int _allocated;
    private int _freeCount;

    public ScratchPool(int blockBytes, int maxBlocks)
    {
        BlockBytes = blockBytes;
        _blocks = new byte*[maxBlocks];
        _free = new int[maxBlocks];
    }

    public int BlockBytes { get; }

    public int Leased => _allocated - _freeCount;

    /// <summary>Bytes held from the system; never shrinks before <see cref="Dispose"/>.</summary>
    public long HeldBytes => (long)_allocated * BlockBytes;

    public byte* this[int lease] => _blocks[lease];

    /// <summary>A lease, or -1 when the limit is reached (or the system has no memory left).</summary>
    public int TryLease()
    {
        if (_freeCount > 0) return _free[--_freeCount];
        if (_allocated == _blocks.Length) return -1;
        try
        {
            _blocks[_allocated] = (byte*)NativeMemory.AlignedAlloc((nuint)BlockBytes, Alignment);
        }
        catch (OutOfMemoryException)
        {
            return -1;
        }

        return _allocated++;
    }

    public void Release(int lease) => _free[_freeCount++] = lease;

    public void Dispose()
    {
        for (int i = 0; i < _allocated; i++) NativeMemory.AlignedFree(_blocks[i]);
        _allocated = _freeCount = 0;
    }
}
