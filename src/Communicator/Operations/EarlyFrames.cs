using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Collectives.Transport;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// Frames for operations that this member has not begun yet, held until it does. How much each peer may have
/// here is bounded (<see cref="Peer.EagerBytes"/>, <see cref="MaxFrames"/>); a peer that sends more breaks the protocol.
/// </summary>
internal sealed unsafe class EarlyFrames : IDisposable
{
    public const int MaxFrames = 8192;

    /// <summary>Enough for members that are a few small operations apart, so that the first such moment allocates nothing.</summary>
    private const int Prepared = 32, PreparedFrames = 16;

    private readonly Dictionary<OperationKey, List<Early>> _held = new(Prepared);
    private readonly Stack<List<Early>> _spare = new(Enumerable.Range(0, Prepared).Select(_ => new List<Early>(PreparedFrames)));

    private readonly record struct Early(Peer Peer, FrameHeader Header, nint Payload);

    public int Count => _held.Count;

    /// <summary>Memory for the payload, to be handed to <see cref="Hold"/> or <see cref="Free"/>; or a violation.</summary>
    public static Placement Place(Peer peer, in FrameHeader header)
    {
        if (peer.EarlyFrames >= MaxFrames) return Placement.Refuse($"more than {MaxFrames} frames for operations that have not begun");
        if (peer.EarlyBytes + header.Length > Peer.EagerBytes)
            return Placement.Refuse($"more than {Peer.EagerBytes} bytes for operations that have not begun");
        peer.EarlyFrames++;
        peer.EarlyBytes += header.Length;
        byte* payload = header.Length == 0 ? null : (byte*)NativeMemory.Alloc(header.Length);
        return new Placement { Destination = payload, Owner = peer, Bytes = header.Length, Lease = OutgoingFrame.NoLease };
    }

    public void Hold(OperationKey key, Peer peer, in FrameHeader header, byte* payload)
    {
        if (!_held.TryGetValue(key, out List<Early>? frames))
        {
            if (!_spare.TryPop(out frames)) frames = [];
            _held.Add(key, frames);
        }

        frames.Add(new Early(peer, header, (nint)payload));
    }

    public static void Free(Peer peer, in FrameHeader header, byte* payload)
    {
        peer.EarlyFrames--;
        peer.EarlyBytes -= header.Length;
        NativeMemory.Free(payload);
    }

    /// <summary>The operation has begun: hands everything held for it to the engine, in order of arrival.</summary>
    public void Release(OperationKey key, OperationEngine engine)
    {
        if (_held.Count == 0 || !_held.Remove(key, out List<Early>? frames)) return;
        foreach (Early early in CollectionsMarshal.AsSpan(frames))
        {
            Placement placement = engine.Place(early.Peer.Link, early.Header);
            // A frame that breaks the protocol has no lane left to cost; it is dropped, and the operation ends by its deadline.
            if (placement.Violation.IsNone)
            {
                if (placement.Destination != null)
                    Unsafe.CopyBlockUnaligned(placement.Destination, (void*)early.Payload, early.Header.Length);
                engine.Arrive(early.Peer.Link, early.Header, placement);
            }

            Free(early.Peer, early.Header, (byte*)early.Payload);
        }

        frames.Clear();
        _spare.Push(frames);
    }

    /// <summary>Drops what is held for operations of epochs before that one, or from that peer.</summary>
    public void Drop(Func<OperationKey, Peer, bool> unwanted)
    {
        List<OperationKey> empty = [];
        foreach ((OperationKey key, List<Early> frames) in _held)
        {
            for (int i = frames.Count - 1; i >= 0; i--)
            {
                if (!unwanted(key, frames[i].Peer)) continue;
                Free(frames[i].Peer, frames[i].Header, (byte*)frames[i].Payload);
                frames.RemoveAt(i);
            }

            if (frames.Count == 0) empty.Add(key);
        }

        foreach (OperationKey key in empty) _held.Remove(key);
    }

    public void Dispose() => Drop((_, _) => true);
}
