namespace Collectives.Algorithms.Schedules;

/// <summary>
/// How a buffer is cut: into one chunk per member, as even as whole elements allow, and each chunk into
/// segments. It follows from what all members agree on (count, element size, world), so that all cut alike.
/// </summary>
public readonly struct ChunkLayout
{
    /// <summary>Segments of large buffers: they and what they are added to fit a second-level cache of 1 MiB.</summary>
    public const int MaxSegmentBytes = 8 * PacketBytes - PageBytes;

    /// <summary>Below this, a segment's own cost (two system calls, a wake-up) outweighs what overlap gains.</summary>
    public const int MinSegmentBytes = 64 * 1024;

    /// <summary>
    /// What a network card or the loopback device takes from the kernel at once (gso_max_size). Large segments are a
    /// page short of a multiple, so that a frame, header included, doesn't need another one for its last bytes.
    /// </summary>
    private const int PacketBytes = 64 * 1024;

    private const int PageBytes = 4096;

    private readonly long _count;
    private readonly int _elementBytes;
    private readonly int _world;

    public ChunkLayout(long count, int elementBytes, int world)
    {
        _count = count;
        _elementBytes = elementBytes;
        _world = world;
        SegmentBytes = SegmentBytesFor(ChunkBytes(0));
        SegmentsPerChunk = Segments(0);
    }

    public int Chunks => _world;

    public int SegmentBytes { get; }

    /// <summary>Segments of the longest chunk; index space is Chunks x SegmentsPerChunk.</summary>
    public int SegmentsPerChunk { get; }

    public int IndexCount => _world * SegmentsPerChunk;

    /// <summary>First element of the chunk: the first count % world chunks have one element more.</summary>
    public long ChunkStart(int chunk) => _count / _world * chunk + Math.Min(chunk, _count % _world);

    public long ChunkElements(int chunk) => _count / _world + (chunk < _count % _world ? 1 : 0);

    public long ChunkBytes(int chunk) => ChunkElements(chunk) * _elementBytes;

    /// <summary>A buffer without elements has one empty segment: what comes with it is still told to everybody.</summary>
    public int Segments(int chunk) => _count == 0 && chunk == 0 ? 1 : (int)((ChunkBytes(chunk) + SegmentBytes - 1) / SegmentBytes);

    /// <summary>Bytes of that segment; the last one of a chunk may be shorter.</summary>
    public int SegmentLength(int chunk, int segment) =>
        (int)Math.Min(SegmentBytes, ChunkBytes(chunk) - (long)segment * SegmentBytes);

    /// <summary>Where the segment starts in the buffer, in bytes.</summary>
    public long SegmentStart(int chunk, int segment) =>
        ChunkStart(chunk) * _elementBytes + (long)segment * SegmentBytes;

    public int Index(int chunk, int segment) => chunk * SegmentsPerChunk + segment;

    /// <summary>All segments of all chunks.</summary>
    public int TotalSegments()
    {
        int total = 0;
        for (int chunk = 0; chunk < _world; chunk++) total += Segments(chunk);
        return total;
    }

    /// <summary>
    /// Half of a chunk, so that ring steps overlap, or an eighth of a large one; within bounds, whole pages and whole
    /// elements.
    /// </summary>
    public static int SegmentBytesFor(long chunkBytes)
    {
        long eighth = chunkBytes / 8 / PacketBytes * PacketBytes - PageBytes;
        long part = Math.Max(Math.Min(chunkBytes / 2, 4 * PacketBytes - PageBytes), eighth);
        return (int)Math.Clamp((part + PageBytes - 1) / PageBytes * PageBytes, MinSegmentBytes, MaxSegmentBytes);
    }
}
