using System.Runtime.InteropServices;

namespace Collectives.Perf.Wan.Packets;

/// <summary>
/// What stands before each packet of a TUN with IFF_VNET_HDR (virtio specification 1.2, 5.1.6, little-endian): whether
/// the checksum is still to be completed, and into which segments the packet is to be cut.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct VirtioHeader
{
    public const int Size = 10;
    public const byte NeedsChecksum = 1;
    public const byte CutNot = 0, CutTcp4 = 1, CutTcp6 = 4, CutUdp = 5, CutsReduced = 0x80;

    public byte Flags, Cut;
    public ushort HeaderLength, SegmentSize, ChecksumStart, ChecksumOffset;
}
