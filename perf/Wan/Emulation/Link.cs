using System.Runtime.InteropServices;
using Collectives.Perf.Wan.Packets;

namespace Collectives.Perf.Wan.Emulation;

/// <summary>One direction between two sites: what is put on it comes out later, in order, or not at all.</summary>
internal sealed unsafe class Link(int from, int to, LinkSettings settings, PacketPool pool, int seed)
{
    private readonly LossCounter _loss = new(seed);
    private readonly Jitter _jitter = new(~seed);
    private LinkSettings _settings = settings;
    private AccessLine? _access;
    private LinkClock _clock;
    private Packet* _first, _last;
    private long _segments, _bytes, _lost, _dropped, _refused;

    public int From => from;

    public int To => to;

    /// <summary>Replaced by the thread that reads commands, read by the one that moves packets.</summary>
    public LinkSettings Settings
    {
        get => Volatile.Read(ref _settings);
        set => Volatile.Write(ref _settings, value);
    }

    /// <summary>That of the site which the link leads from; null: none that holds it up.</summary>
    public AccessLine? Access
    {
        get => Volatile.Read(ref _access);
        set => Volatile.Write(ref _access, value);
    }

    /// <summary>Segments that came out at the other end.</summary>
    public long Segments => Volatile.Read(ref _segments);

    /// <summary>Bytes on the wire that came out at the other end.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Segments that were lost by chance, or since the link was down.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Segments that found the queue full.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Packets for which the emulator had no memory: it was not given enough, and what it shows is not valid.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public bool IsEmpty => _first is null;

    /// <summary>The next packet that is due by then, taken out; null if there is none.</summary>
    public Packet* TakeDue(long now)
    {
        Packet* packet = _first;
        if (packet is null || packet->Due > now) return null;
        _first = packet->Next;
        if (_first is null) _last = null;
        return packet;
    }

    /// <summary>Puts a packet on the link; it belongs to the link from here on.</summary>
    public void Put(Packet* packet, long now)
    {
        LinkSettings settings = Settings;
        ref VirtioHeader header = ref *(VirtioHeader*)Packet.Bytes(packet);
        ReadOnlySpan<byte> bytes = new(Packet.Bytes(packet) + VirtioHeader.Size, packet->Length - VirtioHeader.Size);
        PacketShape shape = PacketShape.Of(header, bytes);
        if (!settings.Up || shape.Version == 0)
        {
            Count(ref _lost, Math.Max(1, shape.Segments));
            pool.Return(packet);
            return;
        }

        AccessLine? access = Access;
        int fitting = Fitting(shape, now, settings, access);
        Count(ref _dropped, shape.Segments - fitting);
        bool whole = false;
        for (int next = 0; next < fitting;)
        {
            int survivors = _loss.Survivors(fitting - next, settings.Loss);
            int end = next + survivors;
            // A lost segment has taken its time on the wire: it is lost behind the bottleneck.
            int wired = Math.Min(end + 1, fitting);
            int wireBytes = shape.WireBytes(next, wired);
            long due = _clock.Send(access?.Send(now, wireBytes) ?? now, wireBytes, settings.Rate, settings.Delay + _jitter.At(now, settings.Jitter, settings.JitterTime));
            Count(ref _lost, wired - end);
            if (survivors == shape.Segments) whole = true;
            if (survivors > 0) Queue(whole ? packet : Cut(header, bytes, shape, next, end), due, shape.WireBytes(next, end), survivors);
            next = wired;
        }
        if (!whole) pool.Return(packet);
    }

    /// <summary>How many of the packet's segments the queue still takes.</summary>
    private int Fitting(in PacketShape shape, long now, LinkSettings settings, AccessLine? access)
    {
        double room = Math.Min(settings.Queue - _clock.Backlog(now, settings.Rate), access?.Room(now) ?? double.PositiveInfinity);
        if (room >= shape.WireBytes(0, shape.Segments)) return shape.Segments;
        int fitting = 0;
        while (fitting < shape.Segments && room >= shape.WireBytes(0, fitting + 1)) fitting++;
        return fitting;
    }

    private Packet* Cut(in VirtioHeader header, ReadOnlySpan<byte> bytes, in PacketShape shape, int from, int to)
    {
        int length = VirtioHeader.Size + shape.Headers + shape.PayloadEnd(to) - shape.PayloadEnd(from);
        Packet* cut = pool.Rent(length);
        if (cut is null) return null;
        cut->Length = Splitter.Cut(header, bytes, shape, from, to, new Span<byte>(Packet.Bytes(cut), length));
        return cut;
    }

    private void Queue(Packet* packet, long due, int wireBytes, int segments)
    {
        if (packet is null)
        {
            Count(ref _refused, 1);
            return;
        }
        packet->Due = due;
        packet->Next = null;
        if (_last is null) _first = packet;
        else _last->Next = packet;
        _last = packet;
        Count(ref _bytes, wireBytes);
        Count(ref _segments, segments);
    }

    private static void Count(ref long counter, long more) => Volatile.Write(ref counter, counter + more);
}
