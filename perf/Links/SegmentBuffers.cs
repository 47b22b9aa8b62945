namespace Collectives.Perf.Links;

/// <summary>
/// Where segments come from and go to, the same for every contestant: two buffers that are larger than a core's
/// cache, gone round segment by segment as the parts of a large tensor would be.
/// </summary>
internal sealed unsafe class SegmentBuffers
{
    public const int SegmentBytes = 256 * 1024;
    private const int Segments = 64;

    private readonly byte[] _source = GC.AllocateArray<byte>(Segments * SegmentBytes, pinned: true);
    private readonly byte[] _destination = GC.AllocateArray<byte>(Segments * SegmentBytes, pinned: true);

    public SegmentBuffers() => new Random(1).NextBytes(_source);

    public ArraySegment<byte> Source(long segment) => new(_source, Start(segment), SegmentBytes);

    public ArraySegment<byte> Destination(long segment) => new(_destination, Start(segment), SegmentBytes);

    public byte* SourceAddress(long segment) => Address(_source, segment);

    public byte* DestinationAddress(long segment) => Address(_destination, segment);

    /// <summary>
    /// Whether what lies at the destination after so many segments is what was sent (the processes fill their sources
    /// alike); then wipes it for the next exchange.
    /// </summary>
    public void Check(int received, string what)
    {
        for (int segment = 0; segment < Math.Min(received, Segments); segment++)
        {
            if (!Source(segment).AsSpan().SequenceEqual(Destination(segment)))
                throw new InvalidOperationException($"{what}: segment {segment} is not what was sent");
            Destination(segment).AsSpan().Clear();
        }
    }

    private static int Start(long segment) => (int)(segment % Segments) * SegmentBytes;

    /// <summary>Pinned, so that the address stays.</summary>
    private static byte* Address(byte[] buffer, long segment)
    {
        fixed (byte* start = &buffer[Start(segment)]) return start;
    }
}
