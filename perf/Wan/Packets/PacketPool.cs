using System.Runtime.InteropServices;

namespace Collectives.Perf.Wan.Packets;

/// <summary>
/// Memory for packets in three sizes, all touched before the first packet comes: a page that is first touched while
/// packets are under way would make them late. Used by one thread.
/// </summary>
internal sealed unsafe class PacketPool : IDisposable
{
    /// <summary>The longest packet a TUN gives: 64 KiB and the virtio header.</summary>
    public const int Longest = 65535 + VirtioHeader.Size;

    private static readonly int[] _rooms = [2048, 12 * 1024, (Longest + 511) & ~511];
    private static readonly double[] _shares = [0.1, 0.2, 0.7];

    private readonly void*[] _blocks = new void*[_rooms.Length];
    private readonly Packet*[] _free = new Packet*[_rooms.Length];

    /// <param name="bytes">How much memory to hold, at least 1 MiB.</param>
    public PacketPool(long bytes)
    {
        for (int size = 0; size < _rooms.Length; size++)
        {
            int stride = _rooms[size] + sizeof(Packet);
            long count = Math.Max(8, (long)(bytes * _shares[size]) / stride);
            byte* block = (byte*)NativeMemory.AlignedAlloc((nuint)(count * stride), 4096);
            NativeMemory.Fill(block, (nuint)(count * stride), 1);
            _blocks[size] = block;
            for (long i = count - 1; i >= 0; i--)
            {
                Packet* packet = (Packet*)(block + i * stride);
                packet->Room = _rooms[size];
                packet->Next = _free[size];
                _free[size] = packet;
            }
        }
    }

    /// <summary>A packet with room for that many bytes, or null: memory is used up.</summary>
    public Packet* Rent(int bytes)
    {
        for (int size = 0; size < _rooms.Length; size++)
        {
            if (bytes > _rooms[size] || _free[size] is null) continue;
            Packet* packet = _free[size];
            _free[size] = packet->Next;
            packet->Next = null;
            return packet;
        }
        return null;
    }

    public void Return(Packet* packet)
    {
        int size = Array.IndexOf(_rooms, packet->Room);
        packet->Next = _free[size];
        _free[size] = packet;
    }

    /// <summary>Moves a packet to the smallest room that holds it, so that a short one doesn't keep a long one's.</summary>
    public Packet* Fit(Packet* packet)
    {
        if (packet->Length > _rooms[^2] || packet->Room == _rooms[0]) return packet;
        Packet* fitting = Rent(packet->Length);
        if (fitting is null || fitting->Room >= packet->Room)
        {
            if (fitting is not null) Return(fitting);
            return packet;
        }
        fitting->Length = packet->Length;
        NativeMemory.Copy(Packet.Bytes(packet), Packet.Bytes(fitting), (nuint)packet->Length);
        Return(packet);
        return fitting;
    }

    public void Dispose()
    {
        for (int size = 0; size < _blocks.Length; size++)
        {
            NativeMemory.AlignedFree(_blocks[size]);
            _blocks[size] = null;
            _free[size] = null;
        }
    }
}
