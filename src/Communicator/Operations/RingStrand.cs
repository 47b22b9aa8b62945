using Collectives.Algorithms.Schedules;
using Collectives.Membership;
using Collectives.Transport.Memory;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// A part of a buffer on its way round one ring: which elements, between which members, and what is ready to be sent. An operation
/// has one for each ring that it uses.
/// </summary>
internal sealed class RingStrand
{
    public RingSchedule Ring { get; private set; }

    public ChunkLayout Layout { get; private set; }

    /// <summary>The ranks that it sends to and receives from.</summary>
    public int Next { get; private set; }

    public int Previous { get; private set; }

    /// <summary>Chunks are numbered through, strand after strand, on frames.</summary>
    public int FirstChunk { get; private set; }

    /// <summary>And so are the segments of all chunks.</summary>
    public int FirstIndex { get; private set; }

    /// <summary>Where its part starts in the buffer, in bytes.</summary>
    public long Start { get; private set; }

    public int TotalSegments { get; private set; }

    /// <summary>Segments of the result that are here.</summary>
    public int Results { get; set; }

    /// <summary>Segments of the chunk whose journey starts here: in all, and those that have left.</summary>
    public int ToStart { get; private set; }

    public int Started { get; set; }

    public Fifo<ReadySegment> Ready { get; } = new(64);

    /// <param name="way">The ring; null: in the order of ranks.</param>
    public void Begin(int rank, int world, RosterRing? way, int number, int firstIndex, long firstElement, long elements, int elementBytes)
    {
        Ring = new RingSchedule(way?.PlaceOf(rank) ?? rank, world);
        Next = way?.RankAt(Ring.Next) ?? Ring.Next;
        Previous = way?.RankAt(Ring.Previous) ?? Ring.Previous;
        Layout = new ChunkLayout(elements, elementBytes, world);
        FirstChunk = number * world;
        FirstIndex = firstIndex;
        Start = firstElement * elementBytes;
        TotalSegments = Layout.TotalSegments();
        Results = Started = 0;
        ToStart = Layout.Segments(Ring.StartedChunk);
    }

    public int EndIndex => FirstIndex + Layout.IndexCount;

    public bool IsWhole => Results == TotalSegments;

    /// <summary>The next segment to leave, of what came or of the chunk that starts here; -1: none.</summary>
    public int NextSegmentBytes =>
        Ready.Count > 0 ? Layout.SegmentLength(Ready.Peek().Spot.Chunk, Ready.Peek().Spot.Segment)
        : Started < ToStart ? Layout.SegmentLength(Ring.StartedChunk, Started)
        : -1;

    public RingSpot At(int chunk, int segment) => new(this, chunk, segment);

    /// <summary>False if there is no such segment.</summary>
    public bool TryLocate(int chunk, in FrameHeader header, out RingSpot spot)
    {
        spot = default;
        ulong number = header.Offset / (ulong)Layout.SegmentBytes;
        if (header.Offset % (ulong)Layout.SegmentBytes != 0 || number >= (ulong)Layout.Segments(chunk)) return false;
        spot = At(chunk, (int)number);
        return header.Length == spot.Bytes;
    }
}

/// <summary>One segment's place in a buffer that is divided among strands.</summary>
/// <param name="Chunk">Of the strand's own.</param>
internal readonly record struct RingSpot(RingStrand Strand, int Chunk, int Segment)
{
    /// <summary>Among the segments of all strands.</summary>
    public int Index => Strand.FirstIndex + Strand.Layout.Index(Chunk, Segment);

    /// <summary>In bytes from the start of the buffer.</summary>
    public long Start => Strand.Start + Strand.Layout.SegmentStart(Chunk, Segment);

    public int Bytes => Strand.Layout.SegmentLength(Chunk, Segment);
}

/// <summary>A segment that may leave for the next member.</summary>
/// <param name="Lease">The scratch block that the payload is in, if it is in one.</param>
internal record struct ReadySegment(SegmentPhase Phase, RingSpot Spot, nint Payload, int Lease, double Weight);
