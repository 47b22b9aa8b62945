using System.Runtime.CompilerServices;
using Collectives.Transport.Faults;
using Collectives.Transport.Interop;
using Collectives.Transport.Memory;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tcp;

/// <summary>
/// The sending half. The lane fetches frames only while it can write, so a slow lane holds few of them; a
/// batch leaves with one call, payloads from where they lie. A frame that has left is remembered until the
/// peer says that it has it.
///
/// Sending takes turns with receiving: a member that sent all that it can before it looks at what has come would
/// leave the peer with nothing to do but receive, and then the other way round.
/// </summary>
internal sealed unsafe partial class TcpLane
{
    private const int BatchFrames = 16;

    /// <summary>No further frame is fetched while this much waits to be written.</summary>
    private const int BatchBytes = 256 * 1024;

    private readonly FrameHeader* _headers;
    private readonly Fifo<OutgoingFrame> _batch = new(BatchFrames);
    private readonly Fifo<OutgoingFrame> _sent = new(64);
    private readonly Fifo<nint> _copies = new(4);
    private uint _firstHeader;
    private int _batchLeft;
    private int _firstWritten;
    private uint _acknowledged;
    private bool _owesAcknowledge;
    private bool _asks; // for lanes, which does not wait until there is nothing else to send
    private bool _isFull;
    private int _shared; // the first so many that were sent need not be looked at by TryShare again

    /// <summary>Something waits to be written, or has been and is not in the peer's kernel yet.</summary>
    public bool HasUnsent => _batch.Count > 0 || Libc.UnsentBytes(_fd) > 0;

    /// <summary>Writes until nothing is left, the socket is full, or the turn is over; the poller says when to go on.</summary>
    public void Write()
    {
        if (_isFull) return;
        int turn = 0;
        while (IsOpen && turn < BatchBytes)
        {
            Fetch();
            if (_batch.Count == 0)
            {
                WaitToWrite(false);
                return;
            }

            nint wanted = _batchLeft;
            nint written = WriteOnce();
            if (written < 0 && Libc.Errno != Libc.ErrAgain)
            {
                Fail(SystemFault("send"));
                return;
            }

            if (written > 0) Advance((int)written);
            if (written < wanted)
            {
                _isFull = true;
                break;
            }

            turn += (int)written;
        }

        // The socket of a far lane takes megabytes that it can't send yet: only the poller knows how much is unsent.
        if (IsFar) _isFull = true;
        if (IsOpen) WaitToWrite(true);
    }

    /// <summary>The tick's turn: the peer learns what has arrived even if nothing else is sent.</summary>
    public void AcknowledgeIfIdle()
    {
        if (_unacknowledgedFrames > 0) OweAcknowledge();
    }

    private void OweAcknowledge()
    {
        _owesAcknowledge = true;
        _link.MarkDirty(this);
    }

    private void Fetch()
    {
        while (_batch.Count < BatchFrames && _batchLeft < BatchBytes)
        {
            ref OutgoingFrame frame = ref _batch.Append();
            if (_asks || !_link.TryTake(this, ref frame))
            {
                if (!_asks && !_owesAcknowledge)
                {
                    _batch.RemoveLast();
                    return;
                }

                frame = new OutgoingFrame { Lease = OutgoingFrame.NoLease };
                frame.Header.Kind = FrameKind.Acknowledge;
                frame.Header.Argument = (ulong)_link.Wish;
                _asks = false;
            }

            if (IsFar) frame.TakenMs = Environment.TickCount64;

            frame.Header.Received = _received;
            frame.Header.Seal();
            ref FrameHeader header = ref _headers[(_firstHeader + (uint)_batch.Count - 1) % BatchFrames];
            header = frame.Header;
            FaultHook.Garble(ref header);
            _batchLeft += frame.ByteCount;
            _owesAcknowledge = false;
            _unacknowledgedFrames = _unacknowledgedBytes = 0;
        }
    }

    private nint WriteOnce()
    {
        Libc.IoVector* vectors = stackalloc Libc.IoVector[2 * BatchFrames];
        int count = 0;
        int skip = _firstWritten;
        for (int i = 0; i < _batch.Count; i++)
        {
            ref OutgoingFrame frame = ref _batch[i];
            byte* header = (byte*)(_headers + ((_firstHeader + (uint)i) % BatchFrames));
            int headerLeft = Math.Max(0, FrameHeader.ByteCount - skip);
            if (headerLeft > 0) vectors[count++] = new Libc.IoVector { Base = header + skip, Length = (nuint)headerLeft };
            int payloadSkip = Math.Max(0, skip - FrameHeader.ByteCount);
            int payloadLeft = (int)frame.Header.Length - payloadSkip;
            if (payloadLeft > 0) vectors[count++] = new Libc.IoVector { Base = frame.Payload + payloadSkip, Length = (nuint)payloadLeft };
            skip = 0;
        }

        Libc.MessageHeader message = new() { Vectors = vectors, VectorCount = (nuint)count };
        nint written;
        do written = Libc.SendMessage(_fd, &message, Libc.MsgNoSignal | Libc.MsgDontWait);
        while (written < 0 && Libc.Errno == Libc.ErrInterrupted);
        return written;
    }

    private void Advance(int written)
    {
        _network.Counters.TxBytes += written;
        _link.TxBytes += written;
        _writtenBytes += written;
        _batchLeft -= written;
        written += _firstWritten;
        while (_batch.Count > 0 && written >= _batch.Peek().ByteCount)
        {
            ref OutgoingFrame first = ref _batch.Peek();
            written -= first.ByteCount;
            if (first.Header.Kind != FrameKind.Acknowledge) _sent.Append() = first;
            if (first.Twin is { } twin) _link.Written(twin, first);
            _batch.RemoveFirst();
            _firstHeader++;
        }

        _firstWritten = written;
        while (_copies.Count > 0 && _batch.Count == 0)
        {
            NativeBlock.Free((byte*)_copies.Peek());
            _copies.RemoveFirst();
        }
    }

    /// <summary>The peer has received that many frames on this lane.</summary>
    private void Acknowledged(uint total)
    {
        uint newly = total - _acknowledged;
        // More than were sent: a peer that lies harms only its own link's recovery.
        if (newly > (uint)_sent.Count) return;
        _acknowledged = total;
        for (; newly > 0; newly--)
        {
            ref OutgoingFrame frame = ref _sent.Peek();
            if (IsFar && frame.Header.Length >= PassOnBytes && frame.Header.Kind != FrameKind.Filler) Note(Environment.TickCount64 - frame.TakenMs);
            if (frame.Twin is { } twin) _link.Acknowledged(twin, frame);
            else if (frame.Header.Kind != FrameKind.Filler) _network.Client.Retire(frame);
            _sent.RemoveFirst();
            _shared = Math.Max(0, _shared - 1);
        }
    }

    private void Note(long tookMs) => FrameMs = FrameMs == 0 ? tookMs : FrameMs + (tookMs - FrameMs) / 4;

    /// <summary>
    /// The oldest frame that was taken before then, is still wanted and has no other copy yet, for a lane that has nothing to do;
    /// null if there is none. It gets the twin, which is told of both copies.
    /// </summary>
    public bool TryShare(long takenBeforeMs, Twin twin, ref OutgoingFrame copy)
    {
        for (; _shared < _sent.Count; _shared++)
        {
            ref OutgoingFrame frame = ref _sent[_shared];
            if (frame.TakenMs > takenBeforeMs) return false;
            if (frame.Twin is not null || !IsWanted(frame)) continue;
            _shared++;
            Share(ref frame, twin, unwritten: 1, ref copy);
            return true;
        }

        for (int i = 0; i < _batch.Count; i++)
        {
            ref OutgoingFrame frame = ref _batch[i];
            if (frame.TakenMs > takenBeforeMs) return false;
            if (frame.Twin is not null || frame.Header.Kind == FrameKind.Acknowledge || !IsWanted(frame)) continue;
            Share(ref frame, twin, unwritten: 2, ref copy);
            return true;
        }

        return false;
    }

    private bool IsWanted(in OutgoingFrame frame) => frame.Header.Kind != FrameKind.Filler && (frame.Owner is null || _network.Client.IsWanted(frame));

    private static void Share(ref OutgoingFrame frame, Twin twin, int unwritten, ref OutgoingFrame copy)
    {
        (twin.Copies, twin.Unwritten) = (2, unwritten);
        frame.Twin = twin;
        copy = frame;
    }

    /// <summary>Frames of the owner that have not begun to leave are dropped; the one that has goes on from a copy.</summary>
    private void AbandonSend(object owner)
    {
        for (int i = 0; i < _batch.Count; i++)
        {
            ref OutgoingFrame frame = ref _batch[i];
            if (!ReferenceEquals(frame.Owner, owner) || frame.Header.Length == 0) continue;
            byte* copy = NativeBlock.Allocate((int)frame.Header.Length);
            Unsafe.CopyBlockUnaligned(copy, frame.Payload, frame.Header.Length);
            _copies.Append() = (nint)copy;
            frame.Payload = copy;
        }
    }

    private void ReturnFrames()
    {
        for (; _sent.Count > 0; _sent.RemoveFirst()) _link.Return(_sent.Peek(), written: true);
        for (; _batch.Count > 0; _batch.RemoveFirst())
            if (_batch.Peek().Header.Kind != FrameKind.Acknowledge) _link.Return(_batch.Peek(), written: false);
        for (; _copies.Count > 0; _copies.RemoveFirst()) NativeBlock.Free((byte*)_copies.Peek());
    }
}
