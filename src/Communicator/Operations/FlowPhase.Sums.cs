using Collectives.Algorithms.Schedules.Flows;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// What goes up the trees. A member adds its own input to the first source's partial sum, then the other sources' in the order of the plan,
/// whatever the order in which they come: one that comes before its turn waits. Partial sums are received into leased
/// scratch blocks; when these get scarce, into memory of the run's own, so that a lane is never left unread for want of memory.
/// </summary>
internal sealed unsafe partial class FlowPhase
{
    private readonly SegmentSet _sums = new();
    private Partial[] _open = [];
    private Partial[] _waiting = [];
    private int[] _added = [];
    private int _leases;

    /// <summary>A partial sum in memory.</summary>
    /// <param name="Address">0: not here.</param>
    private record struct Partial(nint Address, int Lease, double Weight);

    private void BeginSums()
    {
        _sums.Clear(_blocks.Sums);
        _leases = 0;
        if (_blocks.Sums == 0) return;
        if (_open.Length < _blocks.Pieces) (_open, _added) = (new Partial[_blocks.Pieces], new int[_blocks.Pieces]);
        if (_waiting.Length < _blocks.Sums) _waiting = new Partial[_blocks.Sums];
        Array.Clear(_open, 0, _blocks.Pieces);
        Array.Clear(_added, 0, _blocks.Pieces);
        Array.Clear(_waiting, 0, _blocks.Sums);
    }

    private Placement PlaceSum(in FrameHeader header, int rank, int block, int segment)
    {
        int source = _plan.SumSources(block).IndexOf(rank);
        if (source < 0 || BitConverter.UInt64BitsToDouble(header.Argument) is not (> 0 and < double.PositiveInfinity)) return Unknown(header);
        if (_sums.Contains(SumIndex(block, source, segment))) return Placement.Discard;
        int lease = Engine.ScratchIsScarce ? OutgoingFrame.NoLease : Engine.Scratch.TryLease();
        byte* target = lease >= 0 ? Engine.Scratch[lease] : SpareOf(block, source, segment);
        return target == null ? LackMemory() : Operation.PlacementAt(target, lease);
    }

    private void ArriveSum(in FrameHeader header, int rank, int block, int segment, in Placement placement)
    {
        int sources = _plan[block].SumSources;
        int index = SumIndex(block, _plan.SumSources(block).IndexOf(rank), segment);
        if (!_sums.Add(index))
        {
            // The same segment came over two lanes at once.
            if (placement.Lease >= 0) Engine.Scratch.Release(placement.Lease);
            return;
        }

        if (placement.Lease >= 0) _leases++;
        _waiting[index] = new Partial((nint)placement.Destination, placement.Lease, BitConverter.UInt64BitsToDouble(header.Argument));
        ref int added = ref _added[_blocks[block].FirstPiece + segment];
        while (added < sources && _sums.Contains(SumIndex(block, added, segment))) Add(block, segment, added++);
        if (added == sources) SendUp(block, segment);
    }

    private void Add(int block, int segment, int source)
    {
        int piece = _blocks[block].FirstPiece + segment;
        ref Partial open = ref _open[piece];
        ref Partial partial = ref _waiting[SumIndex(block, source, segment)];
        bool finishes = source == _plan[block].SumSources - 1 && _plan[block].SumTarget < 0;
        nuint elements = (nuint)(_blocks.SegmentLength(block, segment) / Reducer.ElementSize);
        double weight = partial.Weight + (source == 0 ? Weight : open.Weight);
        nint target = finishes ? (nint)(Receive + PieceStart(piece)) : source == 0 ? partial.Address : open.Address;
        byte* left = (byte*)(source == 0 ? partial.Address : open.Address);
        if (finishes) KeepInputOf(piece);
        byte* right = source == 0 ? InputOf(block, segment) : (byte*)partial.Address;
        Reducer.CombineAndFinish((byte*)target, left, right, elements, source == 0 ? Weight : 1, finishes ? weight : 1);
        if (source > 0 || finishes) Release(ref partial);
        if (source > 0 && finishes) Release(ref open);
        open = new Partial(target, source == 0 ? partial.Lease : open.Lease, weight);
        partial.Lease = OutgoingFrame.NoLease;
    }

    /// <summary>All of it that comes to this member is added up.</summary>
    private void SendUp(int block, int segment)
    {
        int piece = _blocks[block].FirstPiece + segment;
        Partial sum = _open[piece];
        // It is the queue's now.
        if (sum.Lease >= 0) _leases--;
        _open[piece].Lease = OutgoingFrame.NoLease;
        if (_plan[block].SumTarget is var target and >= 0) Queue(target, new ReadyPiece(block, segment, SegmentPhase.Reduce, sum.Address, sum.Lease, sum.Weight));
        else if (_pieces.Add(piece)) HaveResult(block, segment, (byte*)sum.Address);
    }

    /// <summary>A leaf that weighs its input needs memory for that when it sends, and can't give up any more then.</summary>
    private bool LacksMemoryForWeights()
    {
        if (Weight == 1) return false;
        for (int block = 0; block < _plan.Blocks; block++)
        {
            if (_plan[block] is not { IsSummed: true, SumSources: 0, SumTarget: >= 0 } || _blocks[block].Bytes == 0) continue;
            if (SpareOf(block, 0, 0) != null) return false;
            LackMemory();
            return true;
        }

        return false;
    }

    /// <summary>A leaf's input, times its weight.</summary>
    private ReadyPiece OwnPartial(in ReadyPiece ready)
    {
        byte* input = InputOf(ready.Block, ready.Segment);
        if (Weight == 1) return ready with { Payload = (nint)input };
        int lease = Engine.ScratchIsScarce ? OutgoingFrame.NoLease : Engine.Scratch.TryLease();
        byte* scaled = lease >= 0 ? Engine.Scratch[lease] : SpareOf(ready.Block, _plan[ready.Block].SumSources, ready.Segment);
        Reducer.Scale(scaled, input, (nuint)(_blocks.SegmentLength(ready.Block, ready.Segment) / Reducer.ElementSize), Weight);
        return ready with { Payload = (nint)scaled, Lease = lease };
    }

    private void StopSums()
    {
        if (_leases == 0) return;
        for (int piece = 0; piece < _blocks.Pieces; piece++) Free(_open[piece]);
        for (int sum = 0; sum < _blocks.Sums; sum++) Free(_waiting[sum]);
        _leases = 0;

        void Free(in Partial partial)
        {
            if (partial is { Address: not 0, Lease: >= 0 }) Engine.Scratch.Release(partial.Lease);
        }
    }

    private void Release(ref Partial partial)
    {
        if (partial.Lease < 0) return;
        Engine.Scratch.Release(partial.Lease);
        partial.Lease = OutgoingFrame.NoLease;
        _leases--;
    }

    private int AwaitedSum(int block, int segment)
    {
        ReadOnlySpan<int> sources = _plan.SumSources(block);
        for (int source = 0; source < sources.Length; source++)
        {
            if (!_sums.Contains(SumIndex(block, source, segment))) return sources[source];
        }

        return -1;
    }

    private int SumIndex(int block, int source, int segment) => _blocks[block].FirstSum + source * _blocks[block].Segments + segment;
}
