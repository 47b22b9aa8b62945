using Collectives.Algorithms.Schedules;

namespace Collectives.Algorithms.Tests.Schedules;

public sealed class ChunkLayoutTests
{
    private static readonly long[] s_counts = [0, 1, 2, 3, 7, 31, 32, 33, 34, 1000, 65_536, 65_537, 1_000_003, 50_000_001, 3_000_000_000];

    public static TheoryData<int> Worlds => [.. Enumerable.Range(1, 33)];

    [Theory]
    [MemberData(nameof(Worlds))]
    public void ChunksAndSegmentsCoverTheBufferOnceInOrder(int world)
    {
        foreach (long count in s_counts)
        {
            foreach (int elementBytes in new[] { 1, 2, 4, 8 })
            {
                ChunkLayout layout = new(count, elementBytes, world);
                Assert.Equal(0, layout.SegmentBytes % elementBytes);
                long at = 0;
                int segments = 0;
                for (int chunk = 0; chunk < world; chunk++)
                {
                    Assert.Equal(at, layout.ChunkStart(chunk) * elementBytes);
                    Assert.True(layout.Segments(chunk) <= layout.SegmentsPerChunk);
                    for (int segment = 0; segment < layout.Segments(chunk); segment++)
                    {
                        Assert.Equal(at, layout.SegmentStart(chunk, segment));
                        int length = layout.SegmentLength(chunk, segment);
                        Assert.InRange(length, count == 0 ? 0 : 1, ChunkLayout.MaxSegmentBytes);
                        Assert.Equal(0, length % elementBytes);
                        at += length;
                        segments++;
                    }
                }

                Assert.Equal(count * elementBytes, at);
                Assert.Equal(segments, layout.TotalSegments());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void ChunksDifferByOneElementAtMost(int world)
    {
        foreach (long count in s_counts)
        {
            ChunkLayout layout = new(count, 4, world);
            long[] sizes = [.. Enumerable.Range(0, world).Select(layout.ChunkElements)];
            Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
        }
    }
}
