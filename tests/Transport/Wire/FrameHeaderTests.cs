using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Wire;

public sealed class FrameHeaderTests
{
    /// <summary>The layout of docs/wire.md, byte for byte: a change here is a change of the protocol's version.</summary>
    [Fact]
    public void GoldenBytes()
    {
        FrameHeader header = new()
        {
            Kind = FrameKind.Segment,
            Phase = SegmentPhase.Result,
            Admission = 0x0102,
            Epoch = 0x1112131415161718,
            Operation = 0x2122232425262728,
            Signature = 0x31323334,
            Chunk = 0x41424344,
            Offset = 0x5152535455565758,
            Length = 0x00010203,
            Received = 0x61626364,
            Argument = 0x7172737475767778,
            SinceOrigin = 0x8182,
            Retries = 0x9192,
        };
        header.Seal();
        Assert.Equal(
            "43464D31" + "01" + "02" + "0201" + "1817161514131211" + "2827262524232221" + "34333231" + "44434241"
            + "5857565554535251" + "03020100" + "64636261" + "7877767574737271" + "8281" + "9291" + "6B4646FB",
            Convert.ToHexString(Bytes(ref header)));
    }

    [Fact]
    public void IsSixtyFourBytes() => Assert.Equal(64, Unsafe.SizeOf<FrameHeader>());

    [Fact]
    public void ASealedHeaderIsSound()
    {
        FrameHeader header = new() { Kind = FrameKind.Done, Length = FrameHeader.MaxPayload };
        header.Seal();
        Assert.True(header.IsSound());
    }

    [Fact]
    public void AnyChangedBitIsNoticed()
    {
        FrameHeader header = new() { Kind = FrameKind.Segment, Epoch = 3, Operation = 99, Length = 1000 };
        header.Seal();
        for (int bit = 0; bit < 512; bit++)
        {
            FrameHeader changed = header;
            Bytes(ref changed)[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.False(changed.IsSound());
        }
    }

    [Fact]
    public void RandomBytesAreNoHeader()
    {
        Random random = new(7);
        for (int i = 0; i < 100_000; i++)
        {
            FrameHeader header = default;
            random.NextBytes(Bytes(ref header));
            header.Magic = FrameHeader.MagicValue;
            Assert.False(header.IsSound());
        }
    }

    [Fact]
    public void AnOverlongPayloadIsRefusedEvenWithTheRightChecksum()
    {
        FrameHeader header = new() { Kind = FrameKind.Segment, Length = FrameHeader.MaxPayload + 1 };
        header.Seal();
        Assert.False(header.IsSound());
    }

    private static Span<byte> Bytes(ref FrameHeader header) =>
        MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref header, 1));
}
