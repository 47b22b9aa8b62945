using Collectives.Native.Checks;
using Collectives.Transport;

namespace Collectives.Native.Tests.Checks;

public unsafe class BuffersTests
{
    [Theory]
    [InlineData(0x1000, 0x1000, 10, 4)]    // in place
    [InlineData(0x1000, 0x1028, 10, 4)]    // back to back
    [InlineData(0x1028, 0x1000, 10, 4)]
    [InlineData(0, 0, 0, 8)]               // nothing
    [InlineData(0x1000, 0, 0, 8)]
    public void Valid(long send, long recv, ulong count, ulong size) =>
        Assert.True(Buffers.AreValid((void*)send, (void*)recv, count, size, out _));

    [Theory]
    [InlineData(0, 0x1000, 1, 4, "send")]
    [InlineData(0x1000, 0, 1, 4, "recv")]
    [InlineData(0, 0, 1, 4, "send")]
    [InlineData(0x1000, 0x1027, 10, 4, "recv")]
    [InlineData(0x1027, 0x1000, 10, 4, "recv")]
    [InlineData(0x1000, 0x9000, 1UL << 62, 1, "count")]
    [InlineData(0x1000, 0x9000, 1UL << 59, 8, "count")]
    [InlineData(0x1000, 0x9000, ulong.MaxValue, 8, "count")]
    [InlineData(0, 0, ulong.MaxValue, 1, "count")]
    public void Invalid(long send, long recv, ulong count, ulong size, string named)
    {
        Assert.False(Buffers.AreValid((void*)send, (void*)recv, count, size, out Fault fault));
        Assert.Equal(Status.InvalidArgument, fault.Status);
        Assert.StartsWith(named, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheLargestCountBelowTheLimitIsValid() =>
        Assert.True(Buffers.AreValid((void*)0x1000, (void*)0x1000, (1UL << 59) - 1, 8, out _));
}
