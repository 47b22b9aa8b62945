namespace Collectives.Perf.Links;

/// <summary>
/// For scale: the same segments copied from source to destination within this process. A byte that crosses loopback
/// is copied twice by the kernel, with work of its own in between.
/// </summary>
internal sealed unsafe class CopyContestant(SegmentBuffers buffers) : IContestant
{
    public int Port => 0;

    public void Connect(bool leads, int port) { }

    public void Run(in Exchange exchange, bool leads, ulong run, List<double> roundTrips, Action ready)
    {
        if (!leads)
        {
            ready();
            return;
        }

        for (int i = 0; i < exchange.There; i++)
            Buffer.MemoryCopy(buffers.SourceAddress(i), buffers.DestinationAddress(i), SegmentBuffers.SegmentBytes, SegmentBuffers.SegmentBytes);
    }

    public void Dispose() { }
}
