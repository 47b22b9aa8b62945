using System.Runtime.CompilerServices;
using Collectives.Transport.Interop;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tcp;

/// <summary>
/// The receiving half. Headers and small payloads come through a staging buffer, many with one call; the rest
/// of a large payload is received where it belongs, and the same call picks up what follows it into the
/// staging buffer.
/// </summary>
internal sealed unsafe partial class TcpLane
{
    private const int StagingBytes = 16 * 1024;

    /// <summary>Among large payloads: room for a few headers, so that hardly any payload is copied twice.</summary>
    private const int HeadersOnly = 4 * FrameHeader.ByteCount;

    /// <summary>Other lanes get their turn after this many bytes.</summary>
    private const int TurnBytes = 256 * 1024;

    /// <summary>A reader that doesn't send tells the sender after this much what it has received.</summary>
    private const int AcknowledgeBytes = 1024 * 1024, AcknowledgeFrames = 64;

    /// <summary>Payloads from here on are passed on before the next is read, while they are in the cache.</summary>
    private const int PassOnBytes = 16 * 1024;

    private readonly byte* _staging;
    private int _stagingStart;
    private int _stagingEnd;
    private FrameHeader _incoming;
    private Placement _placement;
    private int _payloadDone;
    private bool _inPayload;
    private uint _received;
    private int _unacknowledgedBytes;
    private int _unacknowledgedFrames;

    private void Receive()
    {
        int turn = 0;
        while (IsOpen)
        {
            int wanted = ReceiveOnce(out int got);
            if (got <= 0) return;
            _network.Counters.RxBytes += got;
            _link.RxBytes += got;
            turn += got;
            if (!TakeFrames()) return;
            if (got < wanted || turn >= TurnBytes) return;
        }
    }

    /// <summary>One system call. Returns the bytes asked for; got is 0 when there is nothing, or the lane has failed.</summary>
    private int ReceiveOnce(out int got)
    {
        Libc.IoVector* vectors = stackalloc Libc.IoVector[2];
        int count = 0;
        int direct = 0;
        if (_inPayload && _placement.Destination != null)
        {
            direct = (int)_incoming.Length - _payloadDone;
            vectors[count++] = new Libc.IoVector { Base = _placement.Destination + _payloadDone, Length = (nuint)direct };
        }

        // Staging holds nothing when a payload goes straight to its destination, and a part of a header otherwise.
        if (_stagingStart == _stagingEnd) _stagingStart = _stagingEnd = 0;
        int staged = (_incoming.Length >= PassOnBytes ? HeadersOnly : StagingBytes) - _stagingEnd;
        vectors[count++] = new Libc.IoVector { Base = _staging + _stagingEnd, Length = (nuint)staged };
        int wanted = direct + staged;

        Libc.MessageHeader message = new() { Vectors = vectors, VectorCount = (nuint)count };
        nint result;
        do result = Libc.ReceiveMessage(_fd, &message, Libc.MsgDontWait);
        while (result < 0 && Libc.Errno == Libc.ErrInterrupted);

        got = (int)Math.Max(result, 0);
        if (result < 0)
        {
            if (Libc.Errno != Libc.ErrAgain) Fail(SystemFault("recv"));
            return 0;
        }

        if (result == 0)
        {
            Fail(new Fault(Status.PeerLost, $"member {_link.Peer} at {_link.Address} closed lane {Index}"));
            return 0;
        }

        int intoPayload = Math.Min(got, direct);
        _payloadDone += intoPayload;
        _stagingEnd += got - intoPayload;
        return wanted;
    }

    /// <summary>Works off what has been received. Returns false when the lane has failed.</summary>
    private bool TakeFrames()
    {
        while (true)
        {
            if (_inPayload)
            {
                MoveStagedPayload();
                if (_payloadDone < (int)_incoming.Length) return true;
                if (!FinishFrame()) return false;
                continue;
            }

            if (_stagingEnd - _stagingStart < FrameHeader.ByteCount)
            {
                CompactStaging();
                return true;
            }

            if (!StartFrame()) return false;
        }
    }

    private bool StartFrame()
    {
        _incoming = Unsafe.ReadUnaligned<FrameHeader>(_staging + _stagingStart);
        _stagingStart += FrameHeader.ByteCount;
        if (!_incoming.IsSound())
        {
            Fail(new Fault(Status.PeerLost, $"bytes that are no frame header came from member {_link.Peer} at {_link.Address} on lane {Index}"));
            return false;
        }

        Acknowledged(_incoming.Received);
        if (_incoming is { Kind: FrameKind.Acknowledge, Argument: > 0 }) _link.PeerWishes((int)Math.Min(_incoming.Argument, int.MaxValue));
        _payloadDone = 0;
        _inPayload = true;
        _placement = _incoming.Kind is FrameKind.Acknowledge or FrameKind.Filler ? Placement.Discard : _network.Client.Place(_link, _incoming);
        if (_placement.Violation.IsNone) return true;
        Fail(new Fault(Status.PeerLost, $"member {_link.Peer} at {_link.Address} broke the protocol on lane {Index}: {_placement.Violation.Message}"));
        return false;
    }

    /// <summary>The part of the payload that came with the header lies in staging.</summary>
    private void MoveStagedPayload()
    {
        int bytes = Math.Min((int)_incoming.Length - _payloadDone, _stagingEnd - _stagingStart);
        if (bytes == 0) return;
        if (_placement.Destination != null)
            Unsafe.CopyBlockUnaligned(_placement.Destination + _payloadDone, _staging + _stagingStart, (uint)bytes);
        _stagingStart += bytes;
        _payloadDone += bytes;
    }

    private bool FinishFrame()
    {
        _inPayload = false;
        if (_incoming.Kind == FrameKind.Acknowledge) return true;
        _received++;
        _unacknowledgedFrames++;
        _unacknowledgedBytes += (int)_incoming.Length;
        Placement placement = _placement;
        _placement = Placement.Discard;
        if (_incoming.Kind != FrameKind.Filler) _network.Client.Arrive(_link, _incoming, placement);
        if (!IsOpen) return false;
        if (_unacknowledgedBytes >= AcknowledgeBytes || _unacknowledgedFrames >= AcknowledgeFrames) OweAcknowledge();
        if (_incoming.Length >= PassOnBytes) _network.Flush();
        return IsOpen;
    }

    private void CompactStaging()
    {
        int left = _stagingEnd - _stagingStart;
        if (left > 0 && _stagingStart > 0)
            Buffer.MemoryCopy(_staging + _stagingStart, _staging, StagingBytes, left);
        (_stagingStart, _stagingEnd) = (0, left);
    }

    private void AbandonReceive(object owner)
    {
        if (!_inPayload || !ReferenceEquals(_placement.Owner, owner)) return;
        ForsakeReceive();
    }

    private void ForsakeReceive()
    {
        if (_inPayload) _network.Client.Forsake(_placement);
        _placement = Placement.Discard;
    }
}
