using System.Buffers.Binary;

namespace Collectives.Perf.Wan.Packets;

/// <summary>Where the headers of a packet end, and how many segments of the wire it stands for.</summary>
internal readonly ref struct PacketShape
{
    /// <summary>Preamble, Ethernet header, frame check and gap, which each segment costs on a wire.</summary>
    public const int WireOverhead = 38;

    private const int Ipv6HeaderLength = 40, UdpHeaderLength = 8, TcpOffsetByte = 12;

    private PacketShape(int version, int transport, int headers, int length, int segmentSize)
    {
        Version = version;
        Transport = transport;
        Headers = headers;
        Length = length;
        SegmentSize = segmentSize;
        Segments = segmentSize == 0 ? 1 : Math.Max(1, (length - headers + segmentSize - 1) / segmentSize);
    }

    /// <summary>4 or 6; 0 for what is no packet that this emulator carries.</summary>
    public int Version { get; }

    /// <summary>Bytes before the TCP or UDP header.</summary>
    public int Transport { get; }

    /// <summary>Bytes before the payload; known for packets that are to be cut.</summary>
    public int Headers { get; }

    /// <summary>Bytes of the packet, without the virtio header.</summary>
    public int Length { get; }

    /// <summary>Bytes of payload in each segment but the last; 0 if the packet is one segment.</summary>
    public int SegmentSize { get; }

    public int Segments { get; }

    /// <summary>What segments [from, to) take on a wire, in bytes.</summary>
    public int WireBytes(int from, int to) => SegmentSize == 0
        ? Length + WireOverhead
        : (to - from) * (Headers + WireOverhead) + PayloadEnd(to) - from * SegmentSize;

    /// <summary>Where the payload of the segments before that one ends, counted from the first byte of payload.</summary>
    public int PayloadEnd(int segment) => Math.Min(segment * SegmentSize, Length - Headers);

    public static PacketShape Of(in VirtioHeader header, ReadOnlySpan<byte> packet)
    {
        int version = packet.Length < 20 ? 0 : packet[0] >> 4;
        if (version is not (4 or 6) || (version == 6 && packet.Length < Ipv6HeaderLength)) return default;
        int cut = header.Cut & ~VirtioHeader.CutsReduced;
        if (cut == VirtioHeader.CutNot) return new PacketShape(version, 0, 0, packet.Length, 0);

        // A packet that is to be cut always leaves its checksum to be completed, so the header says where TCP or UDP begins.
        int transport = header.ChecksumStart;
        if (header.SegmentSize == 0 || transport + TcpOffsetByte >= packet.Length) return default;
        int headers = transport + (cut == VirtioHeader.CutUdp ? UdpHeaderLength : (packet[transport + TcpOffsetByte] >> 4) * 4);
        return headers > packet.Length ? default : new PacketShape(version, transport, headers, packet.Length, header.SegmentSize);
    }

    /// <summary>The number of the site that a packet goes to: the third byte of 198.18.n.1 or the third word of fdc6:12:n::1.</summary>
    public static int Destination(ReadOnlySpan<byte> packet) => packet[0] >> 4 == 4
        ? packet[16] == 198 && packet[17] == 18 ? packet[18] : -1
        : BinaryPrimitives.ReadUInt32BigEndian(packet[24..]) == 0xfdc60012 ? BinaryPrimitives.ReadUInt16BigEndian(packet[28..]) : -1;
}
