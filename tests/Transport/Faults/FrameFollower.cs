using System.Buffers.Binary;
using Collectives.Transport.Handshake;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Faults;

/// <summary>Knows where a stream stands, a handshake and then frames, and how much of it may pass before its cut.</summary>
internal sealed class FrameFollower(bool fromDialer, Cut? cut)
{
    private const int LengthOffset = 40, OperationOffset = 16, KindOffset = 4;

    private readonly byte[] _header = new byte[FrameHeader.ByteCount];
    private readonly Cut? _cut = cut is not null && cut.FromDialer == fromDialer ? cut : null;
    private CutPlace _part = CutPlace.Handshake;
    private int _bytes = fromDialer ? Hello.ByteCount + TokenProof.ByteCount : Challenge.ByteCount + Welcome.ByteCount;
    private int _done;
    private int _frame;

    /// <summary>The numbers of the segments whose headers have passed.</summary>
    public List<ulong> Segments { get; } = [];

    /// <summary>How many of these bytes may pass. Less than all of them, or none left to come: the cut is here.</summary>
    public int Take(ReadOnlySpan<byte> stream, out bool cut)
    {
        int taken = 0;
        while (true)
        {
            int limit = Limit();
            int step = Math.Min((limit < 0 ? _bytes : limit) - _done, stream.Length - taken);
            if (_part == CutPlace.Header) stream.Slice(taken, step).CopyTo(_header.AsSpan(_done));
            taken += step;
            _done += step;
            cut = _done == limit;
            if (cut || _done < _bytes) return taken;
            NextPart();
        }
    }

    /// <summary>How far into this part the stream may go; -1 to its end.</summary>
    private int Limit()
    {
        if (_cut is null) return -1;
        if (_part == CutPlace.Handshake) return _cut.Place == CutPlace.Handshake ? Math.Min(_cut.Number, _bytes) : -1;
        if (_frame < _cut.Number) return -1;
        if (_part == CutPlace.Header && _cut.Place == CutPlace.BetweenFrames) return 0;
        // Not every frame has a payload: the first one that does, from that number on.
        return _part == _cut.Place && _bytes > 1 ? Math.Clamp((int)(_cut.Part * _bytes), 1, _bytes - 1) : -1;
    }

    private void NextPart()
    {
        int payload = 0;
        if (_part == CutPlace.Header)
        {
            payload = BinaryPrimitives.ReadInt32LittleEndian(_header.AsSpan(LengthOffset));
            if (_header[KindOffset] == (byte)FrameKind.Segment)
                Segments.Add(BinaryPrimitives.ReadUInt64LittleEndian(_header.AsSpan(OperationOffset)));
        }

        bool hasPayload = payload > 0;
        if (!hasPayload && _part != CutPlace.Handshake) _frame++;
        (_part, _bytes, _done) = hasPayload ? (CutPlace.Payload, payload, 0) : (CutPlace.Header, FrameHeader.ByteCount, 0);
    }
}
