using System.Buffers.Binary;

namespace Collectives.Perf.Wan.Packets;

/// <summary>
/// Cuts a run of segments out of a packet that the kernel has left uncut (TSO, USO), as a packet of the same kind: what
/// a network card would send for these segments, still in one piece. A lost segment thus costs its neighbours nothing.
/// </summary>
internal static class Splitter
{
    private const byte TcpFinPush = 0x01 | 0x08, TcpCongestionWindowReduced = 0x80;

    /// <summary>Writes segments [from, to) to <paramref name="target"/>, virtio header first.</summary>
    /// <param name="source">The whole packet, without its virtio header.</param>
    /// <returns>Bytes written.</returns>
    public static int Cut(in VirtioHeader header, ReadOnlySpan<byte> source, in PacketShape shape, int from, int to, Span<byte> target)
    {
        ReadOnlySpan<byte> payload = source[(shape.Headers + shape.PayloadEnd(from))..(shape.Headers + shape.PayloadEnd(to))];
        Span<byte> packet = target[VirtioHeader.Size..(VirtioHeader.Size + shape.Headers + payload.Length)];
        source[..shape.Headers].CopyTo(packet);
        payload.CopyTo(packet[shape.Headers..]);

        VirtioHeader cut = header;
        cut.HeaderLength = (ushort)shape.Headers;
        bool udp = (header.Cut & ~VirtioHeader.CutsReduced) == VirtioHeader.CutUdp;
        if (udp) CorrectUdp(packet[shape.Transport..]);
        else CorrectTcp(ref cut, packet[shape.Transport..], shape, from, to);
        if (shape.Version == 4) CorrectIpv4(packet, from);
        else BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - 40));
        BinaryPrimitives.WriteUInt16BigEndian(packet[(shape.Transport + cut.ChecksumOffset)..], PseudoHeader(packet, shape, udp));

        if (to - from == 1)
        {
            cut.Cut = VirtioHeader.CutNot;
            cut.SegmentSize = 0;
        }
        System.Runtime.InteropServices.MemoryMarshal.Write(target, cut);
        return VirtioHeader.Size + packet.Length;
    }

    private static void CorrectTcp(ref VirtioHeader header, Span<byte> tcp, in PacketShape shape, int from, int to)
    {
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence + (uint)shape.PayloadEnd(from));
        if (to < shape.Segments) tcp[13] &= unchecked((byte)~TcpFinPush);
        if (from == 0) return;
        tcp[13] &= unchecked((byte)~TcpCongestionWindowReduced);
        header.Cut &= unchecked((byte)~VirtioHeader.CutsReduced);
    }

    private static void CorrectUdp(Span<byte> udp) => BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);

    private static void CorrectIpv4(Span<byte> packet, int from)
    {
        Span<byte> header = packet[..((packet[0] & 15) * 4)];
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)packet.Length);
        ushort identification = BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)(identification + from));
        header[10..12].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)~Checksum.Fold(Checksum.Sum(header)));
    }

    /// <summary>What stands in the checksum's place while the rest is to be completed: addresses, protocol and length, summed.</summary>
    private static ushort PseudoHeader(ReadOnlySpan<byte> packet, in PacketShape shape, bool udp)
    {
        ReadOnlySpan<byte> addresses = shape.Version == 4 ? packet[12..20] : packet[8..40];
        return Checksum.Fold(Checksum.Sum(addresses, (uint)(packet.Length - shape.Transport) + (udp ? 17u : 6u)));
    }
}
