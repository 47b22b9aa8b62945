using System.Buffers.Binary;

namespace Collectives.Perf.Wan.Packets;

/// <summary>The Internet checksum (RFC 1071).</summary>
internal static class Checksum
{
    /// <summary>The sum of big-endian words in ones' complement, not yet folded.</summary>
    public static uint Sum(ReadOnlySpan<byte> bytes, uint sum = 0)
    {
        for (; bytes.Length >= 2; bytes = bytes[2..]) sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        if (bytes.Length == 1) sum += (uint)bytes[0] << 8;
        return sum;
    }

    public static ushort Fold(uint sum)
    {
        while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)sum;
    }
}
