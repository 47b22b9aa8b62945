using Collectives.Perf.Wan.Interop;
using Collectives.Perf.Wan.Packets;

namespace Collectives.Perf.Wan.Emulation;

/// <summary>The emulator's end of a site's network device.</summary>
/// <param name="number">The site's number, from 1 on.</param>
/// <param name="descriptor">The TUN's descriptor, non-blocking.</param>
internal sealed unsafe class Port(int number, int descriptor)
{
    private long _unrouted, _failed;

    public int Number => number;

    public int Descriptor => descriptor;

    /// <summary>Packets to an address to which there is no link.</summary>
    public long Unrouted => Volatile.Read(ref _unrouted);

    /// <summary>Packets that the device did not take.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Reads what the site sends next; false if there is nothing.</summary>
    public bool Receive(Packet* packet)
    {
        nint length = Linux.Read(descriptor, Packet.Bytes(packet), PacketPool.Longest);
        packet->Length = (int)length;
        return length > VirtioHeader.Size;
    }

    public void Deliver(Packet* packet)
    {
        if (Linux.Write(descriptor, Packet.Bytes(packet), (nuint)packet->Length) != packet->Length) Volatile.Write(ref _failed, _failed + 1);
    }

    public void CountUnrouted() => Volatile.Write(ref _unrouted, _unrouted + 1);
}
