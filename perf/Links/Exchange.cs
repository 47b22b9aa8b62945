namespace Collectives.Perf.Links;

/// <summary>
/// One thing that two processes do with each other. The leading process begins it, the following one answers; it ends
/// for both when each has received what is due to it and has heard that the other has, too.
/// </summary>
/// <param name="There">Segments from the leading to the following process.</param>
/// <param name="Back">Segments the other way, from the moment that the following process hears of the beginning.</param>
/// <param name="PingPongs">Instead of segments: frames without payload, there and back, one at a time.</param>
internal readonly record struct Exchange(int There, int Back, int PingPongs)
{
    public long Bytes => (long)(There + Back) * SegmentBuffers.SegmentBytes;
}
