using Collectives.Algorithms.Schedules;
using Collectives.Transport.Memory;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// An all-reduce round the ring (<see cref="RingSchedule"/>), segment by segment.
///
/// A partial reduction is received into a leased scratch block, this member's input is added to it there, and
/// the block leaves for the next member at once, still in the cache; it comes back to the pool when the next
/// member has it. When the pool's limit is reached the sum is put into the output buffer instead, at the
/// segment's own place: that place is free until the segment's result arrives, which can only happen after the
/// next member has had this partial reduction. So a lane is never left unread for want of memory, and the
/// ring cannot wait for itself.
///
/// Segments of the result are received where they belong, and sent on from there.
/// </summary>
internal sealed unsafe class RingPhase(OperationEngine engine) : DataPhase(engine)
{
    /// <summary>An input that is kept and added goes through the first-level cache in pieces.</summary>
    private const int KeptAtOnce = 16 * 1024;

    private readonly SegmentSet _partials = new();
    private readonly SegmentSet _results = new();
    private readonly Fifo<Ready> _ready = new(64);
    private RingSchedule _ring;
    private ChunkLayout _layout;
    private int _totalSegments;
    private int _started;
    private int _toStart;

    private record struct Ready(SegmentPhase Phase, int Chunk, int Segment, nint Payload, int Lease, double Weight);

    public override Algorithm Algorithm => Algorithm.Ring;

    public override int PieceCount => _layout.IndexCount;

    public override int WaitsFor => _ring.Previous;

    protected override void Start()
    {
        _ring = new RingSchedule(Epoch.Rank, Epoch.World);
        _layout = new ChunkLayout(Elements, Reducer.ElementSize, Epoch.World);
        _partials.Clear(_layout.IndexCount);
        _results.Clear(_layout.IndexCount);
        _totalSegments = _layout.TotalSegments();
        _started = 0;
        _toStart = _layout.Segments(_ring.StartedChunk);
        if (Operation.InPlace && Operation.KeepsInput)
            Kept.Begin(Receive, (nuint)(Elements * Reducer.ElementSize), _layout.IndexCount);
        // In a world of two this member's own segments tell the other that it has begun.
        if (_ring.Previous != _ring.Next) Operation.Announce(_ring.Previous);
        if (_toStart > 0) Operation.Wake(_ring.Next);
    }

    public override Placement Place(in FrameHeader header, int rank)
    {
        if (rank != _ring.Previous) return Placement.Refuse($"{Key}: a segment from {Epoch.Describe(rank)}, expected them from rank {_ring.Previous}");
        if (!TryLocate(header, out int chunk, out int segment)) return Placement.Refuse($"{Key}: no such segment: chunk {header.Chunk}, offset {header.Offset}, {header.Length} bytes, phase {header.Phase}");
        int index = _layout.Index(chunk, segment);
        if ((header.Phase == SegmentPhase.Reduce ? _partials : _results).Contains(index)) return Placement.Discard;

        if (header.Phase == SegmentPhase.Result)
        {
            KeepInput(chunk, segment);
            return Operation.PlacementAt(Receive + _layout.SegmentStart(chunk, segment));
        }

        int lease = Engine.Scratch.TryLease();
        return lease < 0
            ? Placement.Refuse($"{Key}: no scratch memory to receive a segment into")
            : Operation.PlacementAt(Engine.Scratch[lease], lease);
    }

    public override void Arrive(in FrameHeader header, int rank, in Placement placement)
    {
        TryLocate(header, out int chunk, out int segment);
        int index = _layout.Index(chunk, segment);
        if (header.Phase == SegmentPhase.Result)
        {
            if (!_results.Add(index)) return;
            if (_ring.ForwardsResult(chunk)) Forward(new Ready(SegmentPhase.Result, chunk, segment, (nint)placement.Destination, OutgoingFrame.NoLease, 0));
            CheckWhole();
            return;
        }

        if (!_partials.Add(index))
        {
            // The same segment came over two lanes at once.
            Engine.Scratch.Release(placement.Lease);
            return;
        }

        double weight = BitConverter.UInt64BitsToDouble(header.Argument) + Weight;
        if (_ring.ForwardsPartial(chunk)) AddAndForward(chunk, segment, placement, weight);
        else AddLast(chunk, segment, placement, weight);
    }

    public override string DescribeProgress()
    {
        string phase = _partials.Count < _totalSegments - _layout.Segments(_ring.StartedChunk) ? "reduce phase" : "result phase";
        return $"{phase}, {_results.Count} of {_totalSegments} segments of the result are here, waits for {Epoch.Describe(_ring.Previous)}";
    }

    public override int NextSegmentBytes(int rank)
    {
        if (_ready.Count > 0) return _layout.SegmentLength(_ready.Peek().Chunk, _ready.Peek().Segment);
        return _started < _toStart ? _layout.SegmentLength(_ring.StartedChunk, _started) : -1;
    }

    public override void TakeSegment(int rank, ref OutgoingFrame frame)
    {
        if (_ready.Count > 0)
        {
            Ready next = _ready.Peek();
            _ready.RemoveFirst();
            Fill(ref frame, next);
            return;
        }

        int segment = _started++;
        int chunk = _ring.StartedChunk;
        byte* input = Send + _layout.SegmentStart(chunk, segment);
        KeepInput(chunk, segment);
        int lease = OutgoingFrame.NoLease;
        if (Weight != 1) input = Scale(chunk, segment, input, ref lease);

        Fill(ref frame, new Ready(SegmentPhase.Reduce, chunk, segment, (nint)input, lease, Weight));
    }

    public override void PutBackInput()
    {
        if (!Kept.IsKeeping) return;
        for (int chunk = 0; chunk < _layout.Chunks; chunk++)
        {
            for (int segment = _layout.Segments(chunk) - 1; segment >= 0; segment--)
                Kept.PutBack(_layout.Index(chunk, segment), _layout.SegmentStart(chunk, segment), _layout.SegmentLength(chunk, segment));
        }
    }

    public override void Stop()
    {
        for (; _ready.Count > 0; _ready.RemoveFirst())
        {
            if (_ready.Peek().Lease >= 0) Engine.Scratch.Release(_ready.Peek().Lease);
        }
    }

    public override int PieceBytes(int piece)
    {
        (int chunk, int segment) = Math.DivRem(piece, _layout.SegmentsPerChunk);
        return segment < _layout.Segments(chunk) ? _layout.SegmentLength(chunk, segment) : -1;
    }

    public override long PieceStart(int piece)
    {
        (int chunk, int segment) = Math.DivRem(piece, _layout.SegmentsPerChunk);
        return _layout.SegmentStart(chunk, segment);
    }

    public override bool HoldsPiece(int piece) => _results.Contains(piece);

    public override void KeepInputOf(int piece) => Kept.Keep(piece, PieceStart(piece), PieceBytes(piece));

    public override void AddPiece(int piece)
    {
        if (_results.Add(piece)) CheckWhole();
    }

    private byte* Scale(int chunk, int segment, byte* input, ref int lease)
    {
        if (!Engine.ScratchIsScarce) lease = Engine.Scratch.TryLease();
        byte* scaled = lease >= 0 ? Engine.Scratch[lease] : Receive + _layout.SegmentStart(chunk, segment);
        if (lease < 0)
        {
            KeepInput(chunk, segment);
            input = InputOf(chunk, segment);
        }

        Reducer.Scale(scaled, input, ElementsOf(chunk, segment), Weight);
        return scaled;
    }

    private void AddAndForward(int chunk, int segment, in Placement placement, double weight)
    {
        byte* sum = placement.Destination;
        int lease = placement.Lease;
        if (Engine.ScratchIsScarce)
        {
            sum = Receive + _layout.SegmentStart(chunk, segment);
            lease = OutgoingFrame.NoLease;
        }

        AddInput(sum, placement.Destination, chunk, segment, totalWeight: 1);
        if (lease < 0) Engine.Scratch.Release(placement.Lease);

        Forward(new Ready(SegmentPhase.Reduce, chunk, segment, (nint)sum, lease, weight));
    }

    private void AddLast(int chunk, int segment, in Placement placement, double weight)
    {
        byte* result = Receive + _layout.SegmentStart(chunk, segment);
        AddInput(result, placement.Destination, chunk, segment, weight);
        Engine.Scratch.Release(placement.Lease);
        _results.Add(_layout.Index(chunk, segment));
        if (_ring.ForwardsResult(chunk)) Forward(new Ready(SegmentPhase.Result, chunk, segment, (nint)result, OutgoingFrame.NoLease, 0));
        CheckWhole();
    }

    /// <summary>
    /// sum = partial + this member's input, divided by the total weight if that is what finishes it (1: not yet). The
    /// sum may replace the input, which is then kept on its way into the sum.
    /// </summary>
    private void AddInput(byte* sum, byte* partial, int chunk, int segment, double totalWeight)
    {
        int index = _layout.Index(chunk, segment);
        long start = _layout.SegmentStart(chunk, segment);
        int length = _layout.SegmentLength(chunk, segment);
        byte* input = InputOf(chunk, segment);
        bool keep = Kept.Lacks(index);
        int piece = keep ? KeptAtOnce : length;
        for (int at = 0; at < length; at += piece)
        {
            int bytes = Math.Min(piece, length - at);
            if (keep) Kept.KeepPiece(start + at, bytes);
            Reducer.CombineAndFinish(sum + at, partial + at, input + at, (nuint)(bytes / Reducer.ElementSize), Weight, totalWeight);
        }

        if (keep) Kept.HaveAll(index);
    }

    private void Forward(in Ready ready)
    {
        _ready.Append() = ready;
        Operation.Wake(_ring.Next);
    }

    private void Fill(ref OutgoingFrame frame, in Ready ready)
    {
        frame.Header.Phase = ready.Phase;
        frame.Header.Chunk = (uint)ready.Chunk;
        frame.Header.Offset = (ulong)ready.Segment * (ulong)_layout.SegmentBytes;
        frame.Header.Length = (uint)_layout.SegmentLength(ready.Chunk, ready.Segment);
        frame.Header.Argument = BitConverter.DoubleToUInt64Bits(ready.Weight);
        frame.Payload = (byte*)ready.Payload;
        frame.Lease = ready.Lease;
    }

    private void CheckWhole()
    {
        if (_results.Count == _totalSegments) Operation.HoldWholeResult();
    }

    private bool TryLocate(in FrameHeader header, out int chunk, out int segment)
    {
        chunk = (int)Math.Min(header.Chunk, int.MaxValue);
        segment = 0;
        if (chunk >= _layout.Chunks || header.Offset % (ulong)_layout.SegmentBytes != 0) return false;
        ulong number = header.Offset / (ulong)_layout.SegmentBytes;
        if (number >= (ulong)_layout.Segments(chunk)) return false;
        segment = (int)number;
        if (header.Length != _layout.SegmentLength(chunk, segment)) return false;
        return header.Phase switch
        {
            SegmentPhase.Reduce => _ring.ReceivesPartial(chunk) && IsWeight(header.Argument),
            SegmentPhase.Result => _ring.ReceivesResult(chunk),
            _ => false,
        };
    }

    private static bool IsWeight(ulong bits) => BitConverter.UInt64BitsToDouble(bits) is > 0 and < double.PositiveInfinity;

    private void KeepInput(int chunk, int segment) =>
        Kept.Keep(_layout.Index(chunk, segment), _layout.SegmentStart(chunk, segment), _layout.SegmentLength(chunk, segment));

    private byte* InputOf(int chunk, int segment) =>
        Kept.InputOf(_layout.Index(chunk, segment), _layout.SegmentStart(chunk, segment), Send);

    private nuint ElementsOf(int chunk, int segment) => (nuint)(_layout.SegmentLength(chunk, segment) / Reducer.ElementSize);
}
