using Collectives.Algorithms.Schedules;

namespace Collectives.Algorithms.Tests.Schedules;

public sealed class RingSharesTests
{
    private const long Grain = 1024;

    [Theory]
    [InlineData(1_048_576, new[] { 1, 1 })]
    [InlineData(1_048_577, new[] { 667, 333 })]
    [InlineData(5_000_003, new[] { 1, 999 })]
    [InlineData(5_000_003, new[] { 999, 1 })]
    [InlineData(4_194_305, new[] { 501, 307, 191 })]
    [InlineData(123_456_789_012, new[] { 65_535, 65_535, 65_535, 1, 17, 65_535, 2, 3 })]
    public void PartsCoverAllElementsOnceAndBeginWhereBuffersAreAligned(long elements, int[] shares)
    {
        long inAll = shares.Sum(share => (long)share), upTo = 0, start = 0;
        foreach (int share in shares)
        {
            upTo += share;
            long end = RingShares.End(elements, upTo, inAll);
            Assert.True(end >= start, $"a part ends at {end}, before it begins at {start}");
            Assert.Equal(0, start % Grain);
            double wanted = (double)elements * share / inAll;
            Assert.InRange(end - start, wanted - Grain, wanted + 2 * Grain);
            start = end;
        }

        Assert.Equal(elements, start);
    }

    [Fact]
    public void TheLargestBuffersDoNotOverflow()
    {
        long elements = long.MaxValue / 2;
        Assert.Equal(elements / 2 / Grain * Grain, RingShares.End(elements, 300_000, 600_000));
    }
}
