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
        Assert.True(Of(send, recv, count, size).AreValid(out _));

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
        Assert.False(Of(send, recv, count, size).AreValid(out Fault fault));
        Assert.Equal(Status.InvalidArgument, fault.Status);
        Assert.StartsWith(named, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheLargestCountBelowTheLimitIsValid() =>
        Assert.True(Of(0x1000, 0x1000, (1UL << 59) - 1, 8).AreValid(out _));

    [Theory]
    [InlineData(0x1000, 30, 0x1028, 10, 10, true)]   // a part of send, this member's
    [InlineData(0x1000, 30, 0x1000, 10, 10, false)]  // another member's
    [InlineData(0x1000, 30, 0x1078, 10, 10, true)]   // behind it
    [InlineData(0x1000, 30, 0x0fd8, 10, 10, true)]   // before it
    [InlineData(0x1000, 30, 0x0fd9, 10, 10, false)]
    [InlineData(0x1028, 10, 0x1000, 30, -10, true)]  // send is this member's part of recv
    [InlineData(0x1000, 10, 0x1000, 30, -10, false)]
    [InlineData(0x1000, 10, 0x1000, 10, null, false)] // no form in place
    public void PartsInPlace(long send, ulong sent, long recv, ulong received, int? at, bool valid)
    {
        Buffers buffers = new()
        {
            Send = (void*)send,
            SendElements = sent,
            Receive = (void*)recv,
            ReceiveElements = received,
            ElementSize = 4,
            InPlaceAt = at,
        };
        Assert.Equal(valid, buffers.AreValid(out Fault fault));
        Assert.Equal(!valid, fault.Message?.StartsWith("recv: expected", StringComparison.Ordinal) ?? false);
    }

    private static Buffers Of(long send, long recv, ulong count, ulong size) => new()
    {
        Send = (void*)send,
        SendElements = count,
        Receive = (void*)recv,
        ReceiveElements = count,
        ElementSize = size,
        InPlaceAt = 0,
    };
}
