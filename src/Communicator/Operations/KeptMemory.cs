using System.Runtime.InteropServices;
using Collectives.Transport.Memory;
using Collectives.Transport.Progress;

namespace Collectives.Communication.Operations;

/// <summary>
/// Memory that operations in place keep their old input in: as large as their buffers, reused by the next
/// operation, and given back to the system when none has needed it for a while. Belongs to the loop.
/// </summary>
internal sealed unsafe class KeptMemory(ILoop loop) : ILoopTicker, IDisposable
{
    private const long IdleMs = 10_000;

    private readonly List<Region> _regions = [];

    private record struct Region(nint Address, nuint Bytes, bool Rented, long LastUseMs);

    /// <summary>Regions that are in use.</summary>
    public int Rented => _regions.Count(region => region.Rented);

    /// <summary>Null if the system has no such memory left.</summary>
    public byte* TryRent(nuint bytes)
    {
        int best = -1;
        for (int i = 0; i < _regions.Count; i++)
        {
            Region candidate = _regions[i];
            if (candidate.Rented || candidate.Bytes < bytes || candidate.Bytes / 4 > bytes) continue;
            if (best < 0 || candidate.Bytes < _regions[best].Bytes) best = i;
        }

        if (best < 0)
        {
            nint address;
            try
            {
                address = (nint)NativeBlock.AllocateLarge(bytes);
            }
            catch (OutOfMemoryException)
            {
                return null;
            }

            best = _regions.Count;
            _regions.Add(new Region(address, bytes, true, 0));
        }

        _regions[best] = _regions[best] with { Rented = true };
        return (byte*)_regions[best].Address;
    }

    public void Return(byte* address)
    {
        int index = Find((nint)address);
        _regions[index] = _regions[index] with { Rented = false, LastUseMs = loop.NowMs };
    }

    public void Tick(long nowMs)
    {
        for (int i = _regions.Count - 1; i >= 0; i--)
        {
            if (_regions[i].Rented || nowMs - _regions[i].LastUseMs < IdleMs) continue;
            NativeMemory.AlignedFree((void*)_regions[i].Address);
            _regions.RemoveAt(i);
        }
    }

    public void Dispose()
    {
        foreach (Region region in _regions) NativeMemory.AlignedFree((void*)region.Address);
        _regions.Clear();
    }

    private int Find(nint address)
    {
        for (int i = 0; i < _regions.Count; i++)
        {
            if (_regions[i].Address == address) return i;
        }

        throw new InvalidOperationException("returned memory that was not rented here");
    }
}
