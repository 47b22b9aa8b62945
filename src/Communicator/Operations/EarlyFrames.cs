using System.Runtime.InteropServices;
using Collectives.Transport.Memory;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// Frames for operations that this member has not begun yet, or not in that epoch, held until it does. How much each peer may have
/// here is bounded (<see cref="Peer.EagerBytes"/>, <see cref="MaxFrames"/>); a peer that sends more breaks the protocol.
///
/// Large payloads wait in scratch blocks, which pass to the operation as they are; fresh memory from the system
/// would cost a page fault for every 4 KiB, several times what receiving them does.
/// </summary>
internal sealed unsafe class EarlyFrames(ScratchPool scratch, int maxLeases) : IDisposable
{
    public const int MaxFrames = 8192;

    /// <summary>Enough for members that are a few small operations apart, so that the first such moment allocates nothing.</summary>
    private const int Prepared = 32, PreparedFrames = 16;

    /// <summary>Payloads from here on take a scratch block; smaller ones come from the allocator's own reserve.</summary>
    private const int LeasedBytes = 16 * 1024;

    private readonly Dictionary<RunKey, List<Early>> _held = new(Prepared);
    private readonly Stack<List<Early>> _spare = new(Enumerable.Range(0, Prepared).Select(_ => new List<Early>(PreparedFrames)));

    private int _leases;

    private readonly record struct Early(Peer Peer, FrameHeader Header, Placement Placement);

    public int Count => _held.Count;

    /// <summary>Scratch blocks that frames wait in.</summary>
    public int Leases => _leases;

    /// <summary>Memory for the payload, to be handed to <see cref="Hold"/> or <see cref="Free"/>; or a violation.</summary>
    public Placement Place(RunKey key, Peer peer, in FrameHeader header)
    {
        // Sent again for a broken lane: counted twice, it would break the next lane, and that the one after it.
        if (IsHeld(key, peer, header)) return Placement.Discard;
        if (peer.EarlyFrames >= MaxFrames) return Placement.Refuse($"more than {MaxFrames} frames for operations that have not begun");
        if (peer.EarlyBytes + header.Length > Peer.EagerBytes)
            return Placement.Refuse($"more than {Peer.EagerBytes} bytes for operations that have not begun");
        peer.EarlyFrames++;
        peer.EarlyBytes += header.Length;
        Placement placement = new() { Owner = peer, Bytes = header.Length, Lease = OutgoingFrame.NoLease };
        if (header.Length >= LeasedBytes && header.Length <= scratch.BlockBytes && _leases < maxLeases) placement.Lease = scratch.TryLease();
        if (placement.Lease >= 0)
        {
            _leases++;
            placement.Destination = scratch[placement.Lease];
        }
        else if (header.Length > 0)
        {
            placement.Destination = (byte*)NativeMemory.Alloc(header.Length);
        }

        return placement;
    }

    public void Hold(RunKey key, Peer peer, in FrameHeader header, in Placement placement)
    {
        if (!_held.TryGetValue(key, out List<Early>? frames))
        {
            if (!_spare.TryPop(out frames)) frames = [];
            _held.Add(key, frames);
        }

        frames.Add(new Early(peer, header, placement));
    }

    /// <summary>The frame is of no use, or its payload has been copied to where it belongs.</summary>
    public void Free(Peer peer, in Placement placement)
    {
        if (TakeLease(peer, placement)) scratch.Release(placement.Lease);
    }

    /// <summary>The frame has been dealt with. True if its lease, which is kept, has passed to the caller.</summary>
    public bool TakeLease(Peer peer, in Placement placement)
    {
        peer.EarlyFrames--;
        peer.EarlyBytes -= placement.Bytes;
        if (placement.Lease >= 0) _leases--;
        else NativeMemory.Free(placement.Destination);
        return placement.Lease >= 0;
    }

    /// <summary>The operation has begun: hands everything held for it to the engine, in order of arrival.</summary>
    public void Release(RunKey key, OperationEngine engine)
    {
        if (_held.Count == 0 || !_held.Remove(key, out List<Early>? frames)) return;
        foreach (Early early in CollectionsMarshal.AsSpan(frames)) engine.Redeem(early.Peer, early.Header, early.Placement);
        frames.Clear();
        _spare.Push(frames);
    }

    /// <summary>Drops what is held for runs that will not be, or from peers that are gone.</summary>
    /// <param name="dropped">Told of each frame.</param>
    public void Drop(Func<RunKey, Peer, bool> unwanted, Action<RunKey, Peer, FrameHeader>? dropped = null)
    {
        List<RunKey> empty = [];
        foreach ((RunKey key, List<Early> frames) in _held)
        {
            for (int i = frames.Count - 1; i >= 0; i--)
            {
                if (!unwanted(key, frames[i].Peer)) continue;
                Early early = frames[i];
                Free(early.Peer, early.Placement);
                frames.RemoveAt(i);
                dropped?.Invoke(key, early.Peer, early.Header);
            }

            if (frames.Count == 0) empty.Add(key);
        }

        foreach (RunKey key in empty) _held.Remove(key);
    }

    public void Dispose() => Drop((_, _) => true);

    private bool IsHeld(RunKey key, Peer peer, in FrameHeader header)
    {
        if (_held.Count == 0 || !_held.TryGetValue(key, out List<Early>? frames)) return false;
        foreach (ref readonly Early early in CollectionsMarshal.AsSpan(frames))
        {
            if (ReferenceEquals(early.Peer, peer) && early.Header.Kind == header.Kind && early.Header.Phase == header.Phase
                && early.Header.Chunk == header.Chunk && early.Header.Offset == header.Offset) return true;
        }

        return false;
    }
}
