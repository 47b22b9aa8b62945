using Collectives.Algorithms.Schedules.Flows;
using Collectives.Transport;
using Collectives.Transport.Memory;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// Any collective whose blocks go up and down trees (<see cref="FlowPlan"/>), segment by segment. FlowPhase.Sums.cs adds up what goes up;
/// what comes down is received where it belongs, and passed on from there.
/// </summary>
internal sealed unsafe partial class FlowPhase(OperationEngine engine) : DataPhase(engine)
{
    /// <summary>A member that expects more than this from another one tells it at once that it may send without limit.</summary>
    private const long AnnouncedBytes = Peer.EagerBytes / 4;

    /// <summary>In the bytes that are expected of a member.</summary>
    private const long NoSource = -1;

    private readonly FlowBlocks _blocks = new();
    private readonly SegmentSet _pieces = new();
    private FlowPlan _plan = null!;
    private Algorithm _algorithm;
    private Fifo<ReadyPiece>?[] _queues = [];
    private bool[] _announced = [];
    private long[] _expected = [];
    private int _needed;
    private int _held;
    private long _bytesToSend;
    private bool _isWhole;
    private byte* _spare;

    /// <summary>Of an all-to-all in place, whose whole input is copied before it begins; else 0.</summary>
    private long _keptBytes;

    /// <summary>A segment that may leave for a member.</summary>
    /// <param name="Payload">0: this member's own input.</param>
    private record struct ReadyPiece(int Block, int Segment, SegmentPhase Phase, nint Payload, int Lease, double Weight);

    public override Algorithm Algorithm => _algorithm;

    public override int PieceCount => _blocks.Pieces;

    public override long BytesToSend => _bytesToSend;

    /// <summary>What others could be served with is the same for all of them, and whoever holds it holds everybody's input.</summary>
    public override bool CanServe => Collective switch
    {
        Collective.AllReduce or Collective.AllGather => true,
        _ => Operation is { HasRootOnly: true, Follows: false },
    };

    private Collective Collective => Operation.Signature.Collective;

    /// <summary>Before it starts: the ways that its blocks take.</summary>
    public void Follow(FlowPlan plan, Algorithm algorithm) => (_plan, _algorithm) = (plan, algorithm);

    public override Placement Place(in FrameHeader header, int rank)
    {
        int block = _plan.IndexOf(header.Chunk);
        bool isResult = header.Phase == SegmentPhase.Result && block >= 0 && _plan[block].ResultSource == rank;
        if (isResult && header.Argument != (ulong)_blocks[block].Bytes) return Disagree(header, rank, block);
        if (!TryLocate(header, out block, out int segment)) return Unknown(header);
        if (header.Phase == SegmentPhase.Reduce && _plan[block].IsSummed) return PlaceSum(header, rank, block, segment);
        if (!isResult) return Unknown(header);
        int piece = _blocks[block].FirstPiece + segment;
        if (_pieces.Contains(piece)) return Placement.Discard;
        if (!_plan[block].IsKept)
        {
            byte* passing = SpareOf(block, _plan[block].SumSources, segment);
            return passing == null ? LackMemory() : Operation.PlacementAt(passing);
        }

        KeepInputOf(piece);
        return Operation.PlacementAt(Receive + PieceStart(piece));
    }

    public override void Arrive(in FrameHeader header, int rank, in Placement placement)
    {
        TryLocate(header, out int block, out int segment);
        if (header.Phase == SegmentPhase.Reduce) ArriveSum(header, rank, block, segment, placement);
        else if (_pieces.Add(_blocks[block].FirstPiece + segment)) HaveResult(block, segment, placement.Destination);
    }

    /// <summary>A member that may send no more unasked says so, and is told if it is not clear yet that it may.</summary>
    public override void HearBegin(int rank)
    {
        if (_announced[rank]) return;
        _announced[rank] = true;
        Operation.Announce(rank);
    }

    public override int NextSegmentBytes(int rank) =>
        _queues[rank] is { Count: > 0 } queue ? _blocks.SegmentLength(queue.Peek().Block, queue.Peek().Segment) : -1;

    public override void TakeSegment(int rank, ref OutgoingFrame frame)
    {
        Fifo<ReadyPiece> queue = _queues[rank]!;
        ReadyPiece ready = queue.Peek();
        queue.RemoveFirst();
        int length = _blocks.SegmentLength(ready.Block, ready.Segment);
        if (ready.Payload == 0) ready = ready.Phase == SegmentPhase.Reduce ? OwnPartial(ready) : OwnBlock(ready);
        frame.Header.Phase = ready.Phase;
        frame.Header.Chunk = (uint)_plan[ready.Block].Name;
        frame.Header.Offset = (ulong)ready.Segment * (ulong)_blocks.SegmentBytes;
        frame.Header.Length = (uint)length;
        frame.Header.Argument = ready.Phase == SegmentPhase.Reduce ? BitConverter.DoubleToUInt64Bits(ready.Weight) : (ulong)_blocks[ready.Block].Bytes;
        frame.Payload = (byte*)ready.Payload;
        frame.Lease = ready.Lease;
    }

    public override int WaitsFor
    {
        get
        {
            for (int block = 0; block < _plan.Blocks; block++)
            {
                for (int segment = 0; segment < _blocks[block].Segments; segment++)
                {
                    if (AwaitedSource(block, segment) is var rank and >= 0) return rank;
                }
            }

            return -1;
        }
    }

    public override string DescribeProgress()
    {
        int rank = WaitsFor;
        string awaited = rank < 0 ? "" : $", waits for {Epoch.Describe(rank)}";
        return $"{AlgorithmNames.NameOf(_algorithm)}, {_sums.Count} of {_blocks.Sums} partial sums and {_held} of {_needed} segments of the result are here{awaited}";
    }

    public override void Stop()
    {
        StopSums();
        foreach (Fifo<ReadyPiece>? queue in _queues)
        {
            for (; queue is { Count: > 0 }; queue.RemoveFirst())
            {
                if (queue.Peek().Lease >= 0) Engine.Scratch.Release(queue.Peek().Lease);
            }
        }

        if (_spare != null) Engine.KeptMemory.Return(_spare);
        _spare = null;
    }

    public override void PutBackInput()
    {
        if (!Kept.IsKeeping) return;
        if (_keptBytes > 0) Kept.PutBackWhole(_keptBytes);
        for (int piece = _blocks.Pieces - 1; piece >= 0; piece--)
        {
            if (IsKept(piece)) Kept.PutBack(piece, PieceStart(piece), PieceBytes(piece));
        }
    }

    public override int PieceBytes(int piece)
    {
        int block = _blocks.BlockOf(piece);
        return _blocks.SegmentLength(block, piece - _blocks[block].FirstPiece);
    }

    public override long PieceStart(int piece)
    {
        int block = _blocks.BlockOf(piece);
        return _blocks[block].Receive + (long)(piece - _blocks[block].FirstPiece) * _blocks.SegmentBytes;
    }

    public override bool HoldsPiece(int piece) => _pieces.Contains(piece) || !IsKept(piece);

    public override void KeepInputOf(int piece)
    {
        if (Kept.IsKeeping && _keptBytes == 0 && IsKept(piece)) Kept.Keep(piece, PieceStart(piece), PieceBytes(piece));
    }

    public override void AddPiece(int piece)
    {
        if (!_pieces.Add(piece)) return;
        _held++;
        CheckWhole();
    }

    public override OperationResult Outcome()
    {
        OperationResult outcome = base.Outcome();
        if (Collective != Collective.Pair) return outcome;
        outcome.Participants = 2;
        outcome.SlotMask = BitOf(Operation.Signature.Root) | BitOf(Operation.Signature.Extra);
        outcome.ParticipantMask = BitOf(Epoch.RankOfSlot(Operation.Signature.Root)) | BitOf(Epoch.RankOfSlot(Operation.Signature.Extra));
        return outcome;

        static ulong BitOf(int place) => place is >= 0 and < 64 ? 1UL << place : 0;
    }

    protected override void Start()
    {
        int world = Epoch.World;
        if (_queues.Length < world)
        {
            _queues = new Fifo<ReadyPiece>?[world];
            _announced = new bool[world];
            _expected = new long[world];
        }

        Array.Clear(_announced);
        _blocks.Lay(_plan, Epoch, Operation.Work, Reducer.ElementSize);
        _pieces.Clear(_blocks.Pieces);
        BeginSums();
        _isWhole = false;
        _needed = _held = 0;
        _bytesToSend = 0;
        for (int block = 0; block < _plan.Blocks; block++)
        {
            BlockFlow flow = _plan[block];
            if (flow.IsKept) _needed += _blocks[block].Segments;
            _bytesToSend += _blocks[block].Bytes * (flow.ResultTargets + (flow.SumTarget >= 0 ? 1 : 0));
        }

        BeginKeeping();
        // The engine gives it up then: nothing may be overwritten, or said to be done.
        if (Kept.MissingBytes != 0 || LacksMemoryForWeights())
        {
            _isWhole = true;
            return;
        }

        ClearLostParts();
        AnnounceToSources();
        QueueOwn();
        HaveOwn();
        CheckWhole();
    }

    /// <summary>In place, where results replace inputs.</summary>
    private void BeginKeeping()
    {
        _keptBytes = 0;
        if (!Operation.OverwritesInput) return;
        if (Collective != Collective.AllToAll)
        {
            if (Operation.KeepsInput) Kept.Begin(Receive, (nuint)EndOfKept(), _blocks.Pieces);
            return;
        }

        // What another member sends may come before this one's own has left from the same place.
        _keptBytes = Epoch.Lineage.Slots * Elements * Reducer.ElementSize;
        Kept.Begin(Receive, (nuint)_keptBytes, _blocks.Pieces);
        if (Kept.MissingBytes == 0) Kept.KeepWhole(_keptBytes);
    }

    private long EndOfKept()
    {
        long end = 0;
        for (int block = 0; block < _plan.Blocks; block++)
        {
            if (_plan[block].IsKept) end = Math.Max(end, _blocks[block].Receive + _blocks[block].Bytes);
        }

        return end;
    }

    /// <summary>Parts of members that were lost: the same on all, whatever some of them had received.</summary>
    private void ClearLostParts()
    {
        if (Collective is not (Collective.AllGather or Collective.Gather or Collective.AllToAll)) return;
        if (Epoch.World == Epoch.Lineage.Slots || (Collective == Collective.Gather && Operation.Follows)) return;
        ReadOnlySpan<ulong> counts = Operation.Work.ReceiveCounts;
        long start = 0;
        for (int slot = 0; slot < Epoch.Lineage.Slots; slot++)
        {
            long bytes = (counts.IsEmpty ? Elements : (long)counts[slot]) * Reducer.ElementSize;
            if (Epoch.RankOfSlot(slot) < 0) System.Runtime.InteropServices.NativeMemory.Clear(Receive + start, (nuint)bytes);
            start += bytes;
        }
    }

    private void AnnounceToSources()
    {
        Array.Fill(_expected, NoSource, 0, Epoch.World);
        for (int block = 0; block < _plan.Blocks; block++)
        {
            int source = _plan[block].ResultSource;
            if (source >= 0) Expect(source, _blocks[block].Bytes);
            foreach (int rank in _plan.SumSources(block))
            {
                // Of a block whose sum and result come from the same member, the bytes count once.
                if (rank != source) Expect(rank, _blocks[block].Bytes);
            }
        }

        // A root of sums sends nothing before it has them all, and others may have called with another root.
        bool isSilent = Operation is { HasRootOnly: true, Follows: false };
        // After a loss, a source may have failed before this member called, and what it said of that been of the epoch before. A member that
        // only receives would wait for ever: it says something that is answered.
        bool areAnswered = Epoch.Number != Epoch.Lineage.Origin;
        for (int rank = 0; rank < Epoch.World; rank++)
        {
            if (rank == Epoch.Rank) continue;
            if (_expected[rank] >= AnnouncedBytes || isSilent || (areAnswered && _expected[rank] != NoSource)) HearBegin(rank);
        }

        void Expect(int rank, long bytes) => _expected[rank] = Math.Max(0, _expected[rank]) + bytes;
    }

    /// <summary>What starts here: own inputs that go up from a leaf, and own blocks that go down from this root.</summary>
    private void QueueOwn()
    {
        int most = 0;
        for (int block = 0; block < _plan.Blocks; block++) most = Math.Max(most, _blocks[block].Segments);
        // Segment by segment over all blocks, so that they move side by side.
        for (int segment = 0; segment < most; segment++)
        {
            for (int i = 0; i < _plan.Blocks; i++)
            {
                // Members begin with different ones.
                int block = (Epoch.Rank + 1 + i) % _plan.Blocks;
                if (segment >= _blocks[block].Segments) continue;
                BlockFlow flow = _plan[block];
                if (flow.IsSummed && flow.SumSources == 0 && flow.SumTarget >= 0) Queue(flow.SumTarget, new ReadyPiece(block, segment, SegmentPhase.Reduce, 0, OutgoingFrame.NoLease, Weight));
                else if (!flow.IsSummed && flow.Root == Epoch.Rank) PassOn(block, segment, null);
            }
        }
    }

    /// <summary>Own blocks that nobody else gets, or that are summed up of nothing but the own input.</summary>
    private void HaveOwn()
    {
        for (int block = 0; block < _plan.Blocks; block++)
        {
            BlockFlow flow = _plan[block];
            bool isAlone = flow.IsSummed ? flow is { SumSources: 0, SumTarget: < 0 } : flow.Root == Epoch.Rank && flow.ResultTargets == 0;
            for (int segment = 0; isAlone && segment < _blocks[block].Segments; segment++) TakeOwn(block, segment);
        }
    }

    private void TakeOwn(int block, int segment)
    {
        int piece = _blocks[block].FirstPiece + segment;
        if (!_plan[block].IsKept || !_pieces.Add(piece)) return;
        byte* target = Receive + PieceStart(piece);
        byte* input = InputOf(block, segment);
        KeepInputOf(piece);
        int bytes = _blocks.SegmentLength(block, segment);
        // An average's weight is divided out again.
        if (_plan[block].IsSummed && Reducer.Op != Collectives.Algorithms.Reduction.ReduceOp.Avg) Reducer.Scale(target, input, (nuint)(bytes / Reducer.ElementSize), Weight);
        else if (target != input) Buffer.MemoryCopy(input, target, bytes, bytes);
        _held++;
    }

    /// <summary>An own block's segment as it leaves: its place in the result is filled on the way, while it is in the cache.</summary>
    private ReadyPiece OwnBlock(in ReadyPiece ready)
    {
        byte* input = InputOf(ready.Block, ready.Segment);
        if (_plan[ready.Block].IsKept && !_isWhole)
        {
            TakeOwn(ready.Block, ready.Segment);
            // The others still lack this segment, so that the operation can't end here.
            CheckWhole();
        }

        return ready with { Payload = (nint)input };
    }

    /// <summary>The segment is here, final. It goes on to others, and this member may be done.</summary>
    private void HaveResult(int block, int segment, byte* payload)
    {
        if (_plan[block].IsKept) _held++;
        PassOn(block, segment, payload);
        CheckWhole();
    }

    private void PassOn(int block, int segment, byte* payload)
    {
        foreach (int target in _plan.ResultTargets(block)) Queue(target, new ReadyPiece(block, segment, SegmentPhase.Result, (nint)payload, OutgoingFrame.NoLease, 0));
    }

    private void Queue(int rank, in ReadyPiece ready)
    {
        (_queues[rank] ??= new Fifo<ReadyPiece>(64)).Append() = ready;
        Operation.Wake(rank);
    }

    private void CheckWhole()
    {
        if (_isWhole || _held < _needed) return;
        _isWhole = true;
        // Only a root gets something, and tells this member when it has it.
        if (Operation is { HasRootOnly: true, Follows: true }) return;
        Operation.HoldWholeResult();
    }

    private byte* InputOf(int block, int segment)
    {
        FlowBlocks.Block place = _blocks[block];
        long at = (long)segment * _blocks.SegmentBytes;
        if (!Kept.IsKeeping) return Send + place.Send + at;
        if (_keptBytes > 0) return Kept.CopyAt(place.Send + at);
        // What is not received here is not overwritten.
        return place.Receive < 0 ? Send + place.Send + at : Kept.InputOf(place.FirstPiece + segment, place.Receive + at, Send + place.Send - place.Receive);
    }

    private bool IsKept(int piece) => _plan[_blocks.BlockOf(piece)].IsKept;

    private int AwaitedSource(int block, int segment)
    {
        BlockFlow flow = _plan[block];
        if (AwaitedSum(block, segment) is var source and >= 0) return source;
        return flow.ResultSource >= 0 && !_pieces.Contains(_blocks[block].FirstPiece + segment) ? flow.ResultSource : -1;
    }

    private bool TryLocate(in FrameHeader header, out int block, out int segment)
    {
        segment = 0;
        block = _plan.IndexOf(header.Chunk);
        if (block < 0) return false;
        ulong number = header.Offset / (ulong)_blocks.SegmentBytes;
        if (header.Offset % (ulong)_blocks.SegmentBytes != 0 || number >= (ulong)_blocks[block].Segments)
            return false;
        segment = (int)number;
        return header.Length == (uint)_blocks.SegmentLength(block, segment);
    }

    /// <summary>Memory of this run's own: for a source's partial sums of the block or, after the last source's, for what only passes.</summary>
    private byte* SpareOf(int block, int source, int segment)
    {
        if (_spare == null) _spare = Engine.KeptMemory.TryRent((nuint)Math.Max(1, _blocks.SpareBytes));
        return _spare == null ? null : _spare + _blocks[block].Spare + source * _blocks[block].Bytes + (long)segment * _blocks.SegmentBytes;
    }

    private Placement Unknown(in FrameHeader header) =>
        Placement.Refuse($"{Key}: no such segment: block {header.Chunk}, offset {header.Offset}, {header.Length} bytes, phase {header.Phase}");

    /// <summary>Counts that each member gives for itself do not fit together: that is nobody's fault on the wire.</summary>
    private Placement Disagree(in FrameHeader header, int rank, int block)
    {
        int size = Reducer.ElementSize;
        Engine.GiveUpSoon(Operation, new Fault(Status.Mismatch,
            $"{Key} ({Operation.Signature}): {Epoch.Describe(rank)} sends {header.Argument / (ulong)size} elements to this member (rank {Epoch.Rank}), which expects {_blocks[block].Bytes / size}"));
        return Placement.Discard;
    }

    /// <summary>Without this segment nobody can end the operation, so that it may be given up, also where this member has its own result.</summary>
    private Placement LackMemory()
    {
        Engine.GiveUpSoon(Operation, new Fault(Status.OutOfMemory, $"{Key} ({Operation.Signature}): no memory for {_blocks.SpareBytes} bytes that pass through this member"));
        return Placement.Discard;
    }
}
