namespace Collectives.Transport.Interop;

/// <summary>An eventfd: readable once signalled, until drained.</summary>
public sealed unsafe class EventDescriptor : IDisposable
{
    private int _fd;

    private EventDescriptor(int fd) => _fd = fd;

    public int Fd => _fd;

    public static Fault Create(out EventDescriptor? descriptor)
    {
        int fd = Libc.EventDescriptor(0, Libc.SockNonBlock | Libc.SockCloseOnExec);
        descriptor = fd < 0 ? null : new EventDescriptor(fd);
        return fd < 0 ? new Fault(Status.System, $"eventfd: {Libc.ErrorText(Libc.Errno)}") : Fault.None;
    }

    public void Signal()
    {
        ulong one = 1;
        // Fails only when the counter is full, and then the descriptor is readable anyway.
        Libc.Write(_fd, &one, sizeof(ulong));
    }

    public void Drain()
    {
        ulong count;
        Libc.Read(_fd, &count, sizeof(ulong));
    }

    public void Dispose()
    {
        if (_fd >= 0) Libc.Close(_fd);
        _fd = -1;
    }
}
