using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Collectives.Membership.Io;

/// <summary>
/// Waits for many sockets on one thread of ours: epoll, level-triggered, and an eventfd that wakes the wait
/// from other threads. Sockets are told apart by a key of the owner's.
/// </summary>
/// <remarks>
/// Not .NET's own socket engine: its callbacks run on the thread pool, which a host program may starve and a
/// fork leaves without threads.
/// </remarks>
internal sealed unsafe class Poller : IDisposable
{
    private const long WakeKey = long.MinValue;

    // struct epoll_event is packed on x86-64 alone.
    private static readonly int s_keyOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int s_stride = s_keyOffset + 8;

    private readonly int _epoll;
    private readonly int _wake;

    public Poller()
    {
        _epoll = Interop.EpollCreate(Interop.EpollCloseOnExec);
        if (_epoll < 0) throw new IOException("epoll_create1: " + Marshal.GetLastPInvokeErrorMessage());
        _wake = Interop.EventFd(0, Interop.EventFdCloseOnExecNonBlocking);
        if (_wake < 0)
        {
            string message = "eventfd: " + Marshal.GetLastPInvokeErrorMessage();
            Interop.Close(_epoll);
            throw new IOException(message);
        }

        Control(Interop.EpollAdd, _wake, WakeKey, Interop.EpollIn);
    }

    public void Add(nint fd, long key, bool write = false) => Control(Interop.EpollAdd, (int)fd, key, Interests(write));

    public void Change(nint fd, long key, bool write) => Control(Interop.EpollModify, (int)fd, key, Interests(write));

    public void Remove(nint fd) => Control(Interop.EpollDelete, (int)fd, 0, 0);

    /// <summary>
    /// The keys of sockets that have something to read, can be written to or have failed; waits up to
    /// <paramref name="timeoutMs"/> for one. 0 keys after a wake, a signal or the timeout.
    /// </summary>
    public int Wait(Span<long> keys, int timeoutMs)
    {
        byte* happenings = stackalloc byte[keys.Length * s_stride];
        int count = Interop.EpollWait(_epoll, happenings, keys.Length, timeoutMs);
        int found = 0;
        for (int i = 0; i < count; i++)
        {
            long key = BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(happenings + (i * s_stride) + s_keyOffset, 8));
            if (key != WakeKey)
            {
                keys[found++] = key;
                continue;
            }

            ulong wakes;
            Interop.Read(_wake, &wakes, 8);
        }

        return found;
    }

    /// <summary>Ends the wait that runs, or the next one. From any thread, until Dispose.</summary>
    public void Wake()
    {
        ulong one = 1;
        Interop.Write(_wake, &one, 8);
    }

    public void Dispose()
    {
        Interop.Close(_wake);
        Interop.Close(_epoll);
    }

    private static uint Interests(bool write) => write ? Interop.EpollIn | Interop.EpollOut : Interop.EpollIn;

    private void Control(int operation, int fd, long key, uint interests)
    {
        byte* happening = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(happening, 4), interests);
        BinaryPrimitives.WriteInt64LittleEndian(new Span<byte>(happening + s_keyOffset, 8), key);
        if (Interop.EpollControl(_epoll, operation, fd, happening) < 0)
            throw new IOException($"epoll_ctl {operation} of descriptor {fd}: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
