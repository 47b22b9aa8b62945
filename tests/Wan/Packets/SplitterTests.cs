using System.Runtime.InteropServices;
using Collectives.Perf.Wan.Packets;

namespace Collectives.Wan.Tests.Packets;

public class SplitterTests
{
    [Theory]
    [CombinatorialData]
    public void PiecesAreWhatACardWouldHavePutOnTheWire(bool six, bool udp, bool reduced, int tail)
    {
        const int segment = 1300;
        Uncut uncut = new(six, udp, 6 * segment + tail, segment, (byte)(reduced && !udp ? 0x99 : 0x19));
        byte[][] wire = [.. uncut.Wire()];
        PacketShape shape = PacketShape.Of(uncut.Header, uncut.Bytes);
        Assert.Equal(wire.Length, shape.Segments);
        for (int from = 0; from < shape.Segments; from++)
        {
            for (int to = from + 1; to <= shape.Segments; to++)
            {
                byte[] target = new byte[70000];
                int length = Splitter.Cut(uncut.Header, uncut.Bytes, shape, from, to, target);
                VirtioHeader header = MemoryMarshal.Read<VirtioHeader>(target);
                byte[] piece = target[VirtioHeader.Size..length];

                Assert.Equal(wire[from..to], uncut.WireOf(header, piece));
                (ushort found, ushort expected) = uncut.Partial(piece);
                Assert.Equal(expected, found);
                Assert.Equal(to - from == 1, header.SegmentSize == 0);
                Assert.Equal(from == 0 && reduced && !udp && to - from > 1, (header.Cut & VirtioHeader.CutsReduced) != 0);
                Assert.Equal(wire[from..to].Sum(packet => packet.Length + PacketShape.WireOverhead), shape.WireBytes(from, to));
            }
        }
    }

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 2)]
    public void TheAddressNamesTheSite(bool six, int site) => Assert.Equal(site, PacketShape.Destination(new Uncut(six, false, 10, 1300).Bytes));

    [Fact]
    public void WhatIsNoPacketHasNoShape()
    {
        Assert.Equal(0, PacketShape.Of(default, new byte[10]).Version);
        Assert.Equal(0, PacketShape.Of(default, new byte[100]).Version);
        VirtioHeader beyond = new() { Cut = VirtioHeader.CutTcp4, SegmentSize = 1300, ChecksumStart = 95 };
        byte[] packet = new byte[100];
        packet[0] = 0x45;
        Assert.Equal(0, PacketShape.Of(beyond, packet).Version);
    }

    /// <summary>Every combination of two addresses, two protocols, two flags and last segments of 0 to 1,299 bytes.</summary>
    private sealed class CombinatorialDataAttribute : Xunit.Sdk.DataAttribute
    {
        public override IEnumerable<object[]> GetData(System.Reflection.MethodInfo method) =>
            from six in new[] { false, true }
            from udp in new[] { false, true }
            from reduced in new[] { false, true }
            from tail in new[] { 0, 1, 1299 }
            select new object[] { six, udp, reduced, tail };
    }
}
