using Collectives.Native.Checks;
using Collectives.Transport;

namespace Collectives.Native.Tests.Checks;

public unsafe class PartsTests
{
    [Theory]
    [InlineData(5, 3, 0, 15, 0)]
    [InlineData(5, 3, 2, 15, 10)]
    [InlineData(0, 3, 2, 0, 0)]
    public void EvenParts(ulong count, int slots, int slot, ulong total, ulong before)
    {
        Assert.True(Parts.TryMakeEven(count, slots, slot, 4, out Parts parts, out _));
        Assert.Equal(new Parts(total, before, count), parts);
    }

    [Theory]
    [InlineData(1UL << 60, 1, 4, false)]
    [InlineData((1UL << 60) - 1, 1, 4, true)]
    [InlineData(1UL << 59, 2, 4, false)]
    [InlineData((1UL << 59) - 1, 2, 4, true)]
    [InlineData((1UL << 50) - 1, 4096, 1, true)]
    [InlineData(1UL << 50, 4096, 1, false)]
    [InlineData(ulong.MaxValue, 4096, 8, false)]
    public void AllOfThemFitTheLimit(ulong count, int slots, ulong size, bool fits)
    {
        Assert.Equal(fits, Parts.TryMakeEven(count, slots, 0, size, out _, out Fault fault));
        Assert.Equal(!fits, fault.Message?.StartsWith("count: ", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void UnevenParts()
    {
        ulong* counts = stackalloc ulong[] { 3, 0, 7, 1 };
        Assert.True(Parts.TryMake(counts, "counts", 4, 2, 8, out Parts parts, out _));
        Assert.Equal(new Parts(11, 3, 7), parts);
        Assert.True(Parts.TryMake(counts, "counts", 4, 1, 8, out parts, out _));
        Assert.Equal(new Parts(11, 3, 0), parts);
    }

    [Fact]
    public void UnevenPartsBeyondTheLimitAreNamed()
    {
        ulong* counts = stackalloc ulong[] { 1UL << 58, 1UL << 58, 0, ulong.MaxValue };
        Assert.True(Parts.TryMake(counts, "counts", 3, 0, 4, out _, out _));
        Assert.False(Parts.TryMake(counts, "counts", 4, 0, 4, out _, out Fault fault));
        Assert.StartsWith("counts: ", fault.Message, StringComparison.Ordinal);
        Assert.False(Parts.TryMake(counts, "counts", 2, 0, 8, out _, out _));
        Assert.False(Parts.TryMake(null, "send_counts", 2, 0, 8, out _, out fault));
        Assert.StartsWith("send_counts: ", fault.Message, StringComparison.Ordinal);
    }
}
