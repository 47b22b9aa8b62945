using System.Collections.Immutable;
using Collectives.Algorithms.Schedules;
using Collectives.Membership;
using Collectives.Transport.Memory;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// An all-reduce round the ring (<see cref="RingSchedule"/>), segment by segment; or round several rings at once, each of which
/// takes a part of the buffer (<see cref="RingStrand"/>).
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
    private readonly List<RingStrand> _strands = [];
    private int _used;
    private int _world;

    /// <summary>Before it starts: half of the data goes the other way round.</summary>
    public bool GoesBothWays { get; set; }

    public override Algorithm Algorithm => GoesBothWays ? Algorithm.TwoWayRing : Algorithm.Ring;

    public override int PieceCount => _strands[_used - 1].EndIndex;

    public override int WaitsFor => FirstOpen().Previous;

    protected override void Start()
    {
        Divide();
        _partials.Clear(PieceCount);
        _results.Clear(PieceCount);
        if (Operation.InPlace && Operation.KeepsInput)
            Kept.Begin(Receive, (nuint)(Elements * Reducer.ElementSize), PieceCount);
        // All are announced before any is sent: what the others send to this member does not wait for its own.
        for (int i = 0; i < _used; i++)
        {
            // In a world of two this member's own segments tell the other that it has begun.
            if (_strands[i].Previous != _strands[i].Next) Operation.Announce(_strands[i].Previous);
        }

        for (int i = 0; i < _used; i++)
        {
            if (_strands[i].ToStart > 0) Operation.Wake(_strands[i].Next);
        }
    }

    public override Placement Place(in FrameHeader header, int rank)
    {
        if (!TryLocate(header, out RingSpot spot)) return Placement.Refuse($"{Key}: no such segment: chunk {header.Chunk}, offset {header.Offset}, {header.Length} bytes, phase {header.Phase}");
        if (rank != spot.Strand.Previous) return Placement.Refuse($"{Key}: a segment from {Epoch.Describe(rank)}, expected it from rank {spot.Strand.Previous}");
        if ((header.Phase == SegmentPhase.Reduce ? _partials : _results).Contains(spot.Index)) return Placement.Discard;

        if (header.Phase == SegmentPhase.Result)
        {
            KeepInput(spot);
            return Operation.PlacementAt(Receive + spot.Start);
        }

        int lease = Engine.Scratch.TryLease();
        return lease < 0
            ? Placement.Refuse($"{Key}: no scratch memory to receive a segment into")
            : Operation.PlacementAt(Engine.Scratch[lease], lease);
    }

    public override void Arrive(in FrameHeader header, int rank, in Placement placement)
    {
        TryLocate(header, out RingSpot spot);
        RingSchedule ring = spot.Strand.Ring;
        if (header.Phase == SegmentPhase.Result)
        {
            if (!_results.Add(spot.Index)) return;
            spot.Strand.Results++;
            if (ring.ForwardsResult(spot.Chunk)) Forward(new ReadySegment(SegmentPhase.Result, spot, (nint)placement.Destination, OutgoingFrame.NoLease, 0));
            CheckWhole(spot.Strand);
            return;
        }

        if (!_partials.Add(spot.Index))
        {
            // The same segment came over two lanes at once.
            Engine.Scratch.Release(placement.Lease);
            return;
        }

        double weight = BitConverter.UInt64BitsToDouble(header.Argument) + Weight;
        if (ring.ForwardsPartial(spot.Chunk)) AddAndForward(spot, placement, weight);
        else AddLast(spot, placement, weight);
    }

    public override string DescribeProgress()
    {
        int total = 0, awaited = 0;
        for (int i = 0; i < _used; i++)
        {
            total += _strands[i].TotalSegments;
            awaited += _strands[i].TotalSegments - _strands[i].ToStart;
        }

        string phase = _partials.Count < awaited ? "reduce phase" : "result phase";
        return $"{phase}, {_results.Count} of {total} segments of the result are here, waits for {Epoch.Describe(WaitsFor)}";
    }

    public override int NextSegmentBytes(int rank) => StrandWithSegmentFor(rank)?.NextSegmentBytes ?? -1;

    public override void TakeSegment(int rank, ref OutgoingFrame frame)
    {
        RingStrand strand = StrandWithSegmentFor(rank)!;
        if (strand.Ready.Count > 0)
        {
            ReadySegment next = strand.Ready.Peek();
            strand.Ready.RemoveFirst();
            Fill(ref frame, next);
            return;
        }

        RingSpot spot = strand.At(strand.Ring.StartedChunk, strand.Started++);
        byte* input = Send + spot.Start;
        KeepInput(spot);
        int lease = OutgoingFrame.NoLease;
        if (Weight != 1) input = Scale(spot, input, ref lease);

        Fill(ref frame, new ReadySegment(SegmentPhase.Reduce, spot, (nint)input, lease, Weight));
    }

    public override void PutBackInput()
    {
        if (!Kept.IsKeeping) return;
        for (int piece = PieceCount - 1; piece >= 0; piece--)
        {
            if (SpotOf(piece) is { } spot) Kept.PutBack(piece, spot.Start, spot.Bytes);
        }
    }

    public override void Stop()
    {
        for (int i = 0; i < _used; i++)
        {
            for (Fifo<ReadySegment> ready = _strands[i].Ready; ready.Count > 0; ready.RemoveFirst())
            {
                if (ready.Peek().Lease >= 0) Engine.Scratch.Release(ready.Peek().Lease);
            }
        }
    }

    public override int PieceBytes(int piece) => SpotOf(piece)?.Bytes ?? -1;

    public override long PieceStart(int piece) => SpotOf(piece)!.Value.Start;

    public override bool HoldsPiece(int piece) => _results.Contains(piece);

    public override void KeepInputOf(int piece) => KeepInput(SpotOf(piece)!.Value);

    public override void AddPiece(int piece)
    {
        if (!_results.Add(piece)) return;
        RingStrand strand = SpotOf(piece)!.Value.Strand;
        strand.Results++;
        CheckWhole(strand);
    }

    /// <summary>One strand for each ring of the epoch, or one for all; each with its part of the buffer. Or two of half a part each, there and back.</summary>
    private void Divide()
    {
        _world = Epoch.World;
        var rings = Epoch.Roster.Rings;
        int ways = rings.Length > 1 && Elements * Reducer.ElementSize >= Engine.SharedFromBytes ? rings.Length : 1;
        int directions = GoesBothWays ? 2 : 1;
        _used = ways * directions;
        long sharesInAll = 0, sharesUpTo = 0;
        for (int i = 0; i < ways; i++) sharesInAll += ShareOf(rings, i) * directions;
        long start = 0;
        int firstIndex = 0;
        for (int i = 0; i < _used; i++)
        {
            if (i == _strands.Count) _strands.Add(new RingStrand());
            int way = i / directions;
            sharesUpTo += ShareOf(rings, way);
            long end = RingShares.End(Elements, sharesUpTo, sharesInAll);
            _strands[i].Begin(Epoch.Rank, _world, WayOf(rings, way, isBack: i % directions == 1), i, firstIndex, start, end - start, Reducer.ElementSize);
            start = end;
            firstIndex = _strands[i].EndIndex;
        }
    }

    private static long ShareOf(ImmutableArray<RosterRing> rings, int way) => rings.IsEmpty ? 1 : rings[way].Share;

    private RosterRing? WayOf(ImmutableArray<RosterRing> rings, int way, bool isBack)
    {
        if (isBack) return Epoch.BackAlong(way);
        return rings.IsEmpty ? null : rings[way];
    }

    /// <summary>The first strand of which something is still to come, or the first of all.</summary>
    private RingStrand FirstOpen()
    {
        for (int i = 0; i < _used; i++)
        {
            if (!_strands[i].IsWhole) return _strands[i];
        }

        return _strands[0];
    }

    private RingStrand? StrandWithSegmentFor(int rank)
    {
        for (int i = 0; i < _used; i++)
        {
            if (_strands[i].Next == rank && _strands[i].NextSegmentBytes >= 0) return _strands[i];
        }

        return null;
    }

    private byte* Scale(in RingSpot spot, byte* input, ref int lease)
    {
        if (!Engine.ScratchIsScarce) lease = Engine.Scratch.TryLease();
        byte* scaled = lease >= 0 ? Engine.Scratch[lease] : Receive + spot.Start;
        if (lease < 0)
        {
            KeepInput(spot);
            input = InputOf(spot);
        }

        Reducer.Scale(scaled, input, (nuint)(spot.Bytes / Reducer.ElementSize), Weight);
        return scaled;
    }

    private void AddAndForward(in RingSpot spot, in Placement placement, double weight)
    {
        byte* sum = placement.Destination;
        int lease = placement.Lease;
        if (Engine.ScratchIsScarce)
        {
            sum = Receive + spot.Start;
            lease = OutgoingFrame.NoLease;
        }

        AddInput(sum, placement.Destination, spot, totalWeight: 1);
        if (lease < 0) Engine.Scratch.Release(placement.Lease);

        Forward(new ReadySegment(SegmentPhase.Reduce, spot, (nint)sum, lease, weight));
    }

    private void AddLast(in RingSpot spot, in Placement placement, double weight)
    {
        byte* result = Receive + spot.Start;
        AddInput(result, placement.Destination, spot, weight);
        Engine.Scratch.Release(placement.Lease);
        if (_results.Add(spot.Index)) spot.Strand.Results++;
        if (spot.Strand.Ring.ForwardsResult(spot.Chunk)) Forward(new ReadySegment(SegmentPhase.Result, spot, (nint)result, OutgoingFrame.NoLease, 0));
        CheckWhole(spot.Strand);
    }

    /// <summary>
    /// sum = partial + this member's input, divided by the total weight if that is what finishes it (1: not yet). The
    /// sum may replace the input, which is then kept on its way into the sum.
    /// </summary>
    private void AddInput(byte* sum, byte* partial, in RingSpot spot, double totalWeight)
    {
        int index = spot.Index;
        long start = spot.Start;
        int length = spot.Bytes;
        byte* input = InputOf(spot);
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

    private void Forward(in ReadySegment ready)
    {
        ready.Spot.Strand.Ready.Append() = ready;
        Operation.Wake(ready.Spot.Strand.Next);
    }

    private static void Fill(ref OutgoingFrame frame, in ReadySegment ready)
    {
        RingStrand strand = ready.Spot.Strand;
        frame.Header.Phase = ready.Phase;
        frame.Header.Chunk = (uint)(strand.FirstChunk + ready.Spot.Chunk);
        frame.Header.Offset = (ulong)ready.Spot.Segment * (ulong)strand.Layout.SegmentBytes;
        frame.Header.Length = (uint)ready.Spot.Bytes;
        frame.Header.Argument = BitConverter.DoubleToUInt64Bits(ready.Weight);
        frame.Payload = (byte*)ready.Payload;
        frame.Lease = ready.Lease;
    }

    private void CheckWhole(RingStrand strand)
    {
        if (!strand.IsWhole) return;
        for (int i = 0; i < _used; i++)
        {
            if (!_strands[i].IsWhole) return;
        }

        Operation.HoldWholeResult();
    }

    private bool TryLocate(in FrameHeader header, out RingSpot spot)
    {
        spot = default;
        (uint number, uint chunk) = Math.DivRem(header.Chunk, (uint)_world);
        if (number >= (uint)_used) return false;
        RingStrand strand = _strands[(int)number];
        if (!strand.TryLocate((int)chunk, header, out spot)) return false;
        return header.Phase switch
        {
            SegmentPhase.Reduce => strand.Ring.ReceivesPartial((int)chunk) && IsWeight(header.Argument),
            SegmentPhase.Result => strand.Ring.ReceivesResult((int)chunk),
            _ => false,
        };
    }

    private static bool IsWeight(ulong bits) => BitConverter.UInt64BitsToDouble(bits) is > 0 and < double.PositiveInfinity;

    /// <summary>Null: no segment has that number.</summary>
    private RingSpot? SpotOf(int piece)
    {
        int i = 0;
        while (piece >= _strands[i].EndIndex) i++;
        ChunkLayout layout = _strands[i].Layout;
        (int chunk, int segment) = Math.DivRem(piece - _strands[i].FirstIndex, layout.SegmentsPerChunk);
        return segment < layout.Segments(chunk) ? _strands[i].At(chunk, segment) : null;
    }

    private void KeepInput(in RingSpot spot) => Kept.Keep(spot.Index, spot.Start, spot.Bytes);

    private byte* InputOf(in RingSpot spot) => Kept.InputOf(spot.Index, spot.Start, Send);
}
