using Collectives.Transport.Interop;

namespace Collectives.Transport.Progress;

/// <summary>
/// The descriptors of a loop, level-triggered: an event that one thread has seen in <see cref="WaitReady"/> is
/// still there for the thread that dispatches it.
/// </summary>
public sealed unsafe class EpollPoller : IDisposable
{
    private const int Batch = 64;

    private readonly List<(IPollable? Target, uint Generation, int Fd)> _slots = [];
    private readonly Stack<int> _freeSlots = new();
    private int _epoll;

    private EpollPoller(int epoll) => _epoll = epoll;

    public static Fault Create(out EpollPoller? poller)
    {
        int fd = Libc.EpollCreate(0x80000);
        poller = fd < 0 ? null : new EpollPoller(fd);
        return fd < 0 ? new Fault(Status.System, $"epoll_create: {Libc.ErrorText(Libc.Errno)}") : Fault.None;
    }

    /// <summary>Watches the descriptor; the returned slot names it from now on.</summary>
    public int Add(int fd, IPollable target, bool write)
    {
        int slot = _freeSlots.Count > 0 ? _freeSlots.Pop() : _slots.Count;
        if (slot == _slots.Count) _slots.Add((null, 0, -1));
        _slots[slot] = (target, _slots[slot].Generation + 1, fd);
        Control(Libc.EpollCtlAdd, slot, read: true, write);
        return slot;
    }

    public void Watch(int slot, bool read, bool write) => Control(Libc.EpollCtlModify, slot, read, write);

    public void Remove(int slot)
    {
        Control(Libc.EpollCtlDelete, slot, false, false);
        _slots[slot] = (null, _slots[slot].Generation, -1);
        _freeSlots.Push(slot);
    }

    /// <summary>Sleeps until any descriptor is ready, without taking the event. Any thread.</summary>
    public void WaitReady(int timeoutMs)
    {
        Libc.EpollEvent ready;
        Libc.EpollWait(_epoll, &ready, 1, timeoutMs);
    }

    /// <summary>Calls the targets of all descriptors that are ready now; the loop's owner only.</summary>
    public bool Dispatch()
    {
        Libc.EpollEvent* events = stackalloc Libc.EpollEvent[Batch];
        int count = Libc.EpollWait(_epoll, events, Batch, 0);
        for (int i = 0; i < count; i++)
        {
            (IPollable? target, uint generation, _) = _slots[(int)(uint)events[i].Token];
            // An earlier target of this batch may have removed this one, and given its slot to another.
            if (target is null || generation != (uint)(events[i].Token >> 32)) continue;
            uint state = events[i].Events;
            bool broken = (state & (Libc.EpollError | Libc.EpollHangUp)) != 0;
            target.OnReady(broken || (state & Libc.EpollIn) != 0, broken || (state & Libc.EpollOut) != 0);
        }

        return count > 0;
    }

    public void Dispose()
    {
        if (_epoll >= 0) Libc.Close(_epoll);
        _epoll = -1;
    }

    private void Control(int operation, int slot, bool read, bool write)
    {
        (_, uint generation, int fd) = _slots[slot];
        Libc.EpollEvent change = new()
        {
            Events = (read ? Libc.EpollIn : 0) | (write ? Libc.EpollOut : 0),
            Token = ((ulong)generation << 32) | (uint)slot,
        };
        if (Libc.EpollControl(_epoll, operation, fd, &change) < 0)
            throw new InvalidOperationException($"epoll_ctl {operation} of descriptor {fd}: {Libc.ErrorText(Libc.Errno)}");
    }
}
