using System.Diagnostics;
using Collectives.Perf.Wan.Interop;
using Collectives.Perf.Wan.Packets;

namespace Collectives.Perf.Wan.Emulation;

/// <summary>
/// The thread that moves packets: every quarter of a millisecond it takes what the sites have sent, puts it on the links,
/// and delivers what is due. It runs before all that is measured (SCHED_FIFO), allocates nothing and takes no lock.
/// </summary>
internal sealed unsafe class Engine : IDisposable
{
    public const int Priority = 10;

    private const long Quantum = 250_000;
    private const long IdleAfter = 20_000_000;
    private const int AtOnce = 512;

    private readonly PacketPool _pool;
    private readonly Thread _thread;
    private World _world = World.Empty;
    private Packet* _spare;
    private long _lastRead;
    private volatile bool _stopped;

    public Engine(PacketPool pool)
    {
        _pool = pool;
        _spare = pool.Rent(PacketPool.Longest);
        _thread = new Thread(Run, 1 << 20) { Name = "wan", IsBackground = true };
        _thread.Start();
    }

    public Lateness Lateness { get; } = new();

    public World World
    {
        get => Volatile.Read(ref _world);
        set => Volatile.Write(ref _world, value);
    }

    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
    }

    private static long Now => Stopwatch.GetTimestamp();

    private void Run()
    {
        int priority = Priority;
        if (Linux.SetScheduler(0, Linux.SchedulerFifo, &priority) != 0)
            Environment.FailFast($"The emulator's thread needs SCHED_FIFO, which takes root (CAP_SYS_NICE): {Linux.ErrorText}.");

        long lastMoved = Now;
        _lastRead = lastMoved;
        for (long tick = lastMoved; !_stopped;)
        {
            World world = World;
            long moved = Receive(world) + Deliver(world);
            long now = Now;
            if (moved > 0 || !AllEmpty(world)) lastMoved = now;
            if (now - lastMoved > IdleAfter)
            {
                Idle(world);
                tick = _lastRead = Now;
                continue;
            }
            tick = Math.Max(tick + Quantum, now - Quantum);
            SleepUntil(tick);
        }
    }

    private long Receive(World world)
    {
        long moved = 0;
        // What is read now came at some time since the last reading: in the middle, on average.
        long now = Now, arrival = (_lastRead + now) / 2;
        foreach (Port port in world.Ports)
        {
            for (int i = 0; i < AtOnce && _spare is not null && port.Receive(_spare); i++)
            {
                moved++;
                ReadOnlySpan<byte> bytes = new(Packet.Bytes(_spare) + VirtioHeader.Size, _spare->Length - VirtioHeader.Size);
                Link? link = bytes.Length < 20 || (bytes[0] >> 4 == 6 && bytes.Length < 40) ? null : world.Between(port.Number, PacketShape.Destination(bytes));
                if (link is null)
                {
                    port.CountUnrouted();
                    continue;
                }
                link.Put(_pool.Fit(_spare), arrival);
                _spare = _pool.Rent(PacketPool.Longest);
            }
        }
        // Without memory nothing is read: the devices' own queues hold what comes, and say so if they overflow.
        if (_spare is null) _spare = _pool.Rent(PacketPool.Longest);
        _lastRead = now;
        return moved;
    }

    private long Deliver(World world)
    {
        long moved = 0;
        foreach (Link link in world.Links)
        {
            // What is due within half a quantum comes half a quantum early; the rest of that time's packets come late by as much.
            for (Packet* packet; (packet = link.TakeDue(Now + Quantum / 2)) is not null; moved++)
            {
                Lateness.Add(Now - packet->Due);
                world.Ports[link.To - 1].Deliver(packet);
                _pool.Return(packet);
            }
        }
        return moved;
    }

    private static bool AllEmpty(World world)
    {
        foreach (Link link in world.Links) if (!link.IsEmpty) return false;
        return true;
    }

    /// <summary>Sleeps until a site sends something, and looks for a new world from time to time.</summary>
    private static void Idle(World world)
    {
        Linux.PollDescriptor* descriptors = stackalloc Linux.PollDescriptor[world.Ports.Length];
        for (int i = 0; i < world.Ports.Length; i++) descriptors[i] = new() { Descriptor = world.Ports[i].Descriptor, Events = Linux.PollIn };
        Linux.Poll(descriptors, (ulong)world.Ports.Length, 20);
    }

    private static void SleepUntil(long nanoseconds)
    {
        Linux.TimeSpec moment = new() { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
        while (Linux.SleepUntil(Linux.ClockMonotonic, Linux.AbsoluteTime, &moment, null) == Linux.ErrInterrupted) { }
    }
}
