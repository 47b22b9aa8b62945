using System.Buffers.Binary;
using Collectives.Perf.Wan.Packets;

namespace Collectives.Wan.Tests.Packets;

/// <summary>Packets as a kernel leaves them for a network card to cut, and the cutting, written from the RFCs and not from the splitter.</summary>
internal sealed class Uncut
{
    private readonly bool _six, _udp;
    private readonly byte _flags;

    public Uncut(bool six, bool udp, int payload, int segment, byte flags = 0x18)
    {
        (_six, _udp, _flags) = (six, udp, flags);
        Payload = new byte[payload];
        new Random(7).NextBytes(Payload);
        Segment = segment;
        Bytes = Build(0, payload, 0, flags);
        // The checksum of what is to be cut is that of the addresses, the protocol and the length.
        BinaryPrimitives.WriteUInt16BigEndian(Bytes.AsSpan(Transport + ChecksumOffset), (ushort)~Sum(PseudoHeader(Bytes)));
        Header = new VirtioHeader
        {
            Flags = VirtioHeader.NeedsChecksum,
            Cut = (byte)((udp ? VirtioHeader.CutUdp : six ? VirtioHeader.CutTcp6 : VirtioHeader.CutTcp4) | ((flags & 0x80) != 0 ? VirtioHeader.CutsReduced : 0)),
            HeaderLength = (ushort)Headers,
            SegmentSize = (ushort)segment,
            ChecksumStart = (ushort)Transport,
            ChecksumOffset = (ushort)ChecksumOffset,
        };
    }

    public VirtioHeader Header { get; }

    public byte[] Bytes { get; }

    public byte[] Payload { get; }

    public int Segment { get; }

    public int Transport => _six ? 40 : 20;

    public int Headers => Transport + (_udp ? 8 : 32);

    private int ChecksumOffset => _udp ? 6 : 16;

    /// <summary>What a card would put on the wire: whole packets with whole checksums.</summary>
    public IEnumerable<byte[]> Wire()
    {
        for (int i = 0, at = 0; at < Payload.Length; i++, at += Segment)
        {
            bool last = at + Segment >= Payload.Length;
            byte flags = (byte)(_flags & (last ? 0xff : ~0x09) & (i == 0 ? 0xff : ~0x80));
            yield return Finished(Build(at, Math.Min(Segment, Payload.Length - at), i, flags));
        }
    }

    /// <summary>The packets of the wire that a piece stands for: the other direction of <see cref="Wire"/>.</summary>
    public IEnumerable<byte[]> WireOf(VirtioHeader header, byte[] piece)
    {
        int payload = piece.Length - Headers;
        int segment = header.SegmentSize == 0 ? payload : header.SegmentSize;
        for (int i = 0, at = 0; at < payload; i++, at += segment)
        {
            bool last = at + segment >= payload;
            byte[] packet = [.. piece[..Headers], .. piece[(Headers + at)..(Headers + Math.Min(payload, at + segment))]];
            SetLengths(packet);
            if (!_six) BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(4)) + i));
            if (!_udp)
            {
                BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(Transport + 4), BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(Transport + 4)) + (uint)at);
                if (!last) packet[Transport + 13] &= 0xf6;
                if (i > 0) packet[Transport + 13] &= 0x7f;
            }
            yield return Finished(packet);
        }
    }

    /// <summary>The checksum that stands in a piece, and the one that should.</summary>
    public (ushort Found, ushort Expected) Partial(byte[] piece) =>
        (BinaryPrimitives.ReadUInt16BigEndian(piece.AsSpan(Transport + ChecksumOffset)), (ushort)~Sum(PseudoHeader(piece)));

    private byte[] Build(int from, int length, int index, byte flags)
    {
        byte[] packet = new byte[Headers + length];
        packet[0] = (byte)(_six ? 0x60 : 0x45);
        packet[_six ? 6 : 9] = (byte)(_udp ? 17 : 6);
        packet[_six ? 7 : 8] = 64;
        if (_six)
        {
            new byte[] { 0xfd, 0xc6, 0, 0x12, 0, 1 }.CopyTo(packet, 8);
            new byte[] { 0xfd, 0xc6, 0, 0x12, 0, 2 }.CopyTo(packet, 24);
            packet[23] = packet[39] = 1;
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(0xfffe + index)); // wraps
            new byte[] { 198, 18, 1, 1, 198, 18, 2, 1 }.CopyTo(packet, 12);
        }
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(Transport), 40000);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(Transport + 2), 50000);
        if (!_udp)
        {
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(Transport + 4), unchecked(0xffff_f000u + (uint)from)); // wraps
            packet[Transport + 12] = 8 << 4;
            packet[Transport + 13] = flags;
        }
        Payload.AsSpan(from, length).CopyTo(packet.AsSpan(Headers));
        SetLengths(packet);
        return packet;
    }

    private void SetLengths(byte[] packet)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(_six ? 4 : 2), (ushort)(_six ? packet.Length - 40 : packet.Length));
        if (_udp) BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(Transport + 4), (ushort)(packet.Length - Transport));
    }

    private byte[] Finished(byte[] packet)
    {
        if (!_six)
        {
            packet.AsSpan(10, 2).Clear();
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Sum(packet[..20]));
        }
        packet.AsSpan(Transport + ChecksumOffset, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(Transport + ChecksumOffset), Sum([.. PseudoHeader(packet), .. packet[Transport..]]));
        return packet;
    }

    private byte[] PseudoHeader(byte[] packet)
    {
        int length = packet.Length - Transport;
        return [.. _six ? packet[8..40] : packet[12..20], 0, (byte)(_udp ? 17 : 6), (byte)(length >> 8), (byte)length];
    }

    // Ones' complement of the ones' complement sum, digit by digit.
    private static ushort Sum(byte[] bytes)
    {
        int sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += (bytes[i] << 8) + (i + 1 < bytes.Length ? bytes[i + 1] : 0);
            if (sum > 0xffff) sum -= 0xffff;
        }
        return (ushort)~sum;
    }
}
