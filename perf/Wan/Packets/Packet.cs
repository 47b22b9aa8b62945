using System.Runtime.InteropServices;

namespace Collectives.Perf.Wan.Packets;

/// <summary>A packet in native memory: what is known of it, then the bytes as a TUN gives and takes them, virtio header first.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Packet
{
    public Packet* Next;

    /// <summary>When it reaches the other end, in nanoseconds of the monotonic clock.</summary>
    public long Due;

    /// <summary>Bytes of the virtio header and the packet together.</summary>
    public int Length;

    public int Room;

    public static byte* Bytes(Packet* packet) => (byte*)(packet + 1);
}
