using System.Runtime.InteropServices;

namespace Collectives.Transport.Interop;

/// <summary>
/// The system calls of the data path. They are called directly, on native memory: a lane must know exactly
/// which bytes a call took, and System.Net.Sockets costs up to a third of the throughput on loopback.
/// Every call returns -1 on failure; <see cref="Errno"/> then has the reason.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    public const int AfInet = 2, AfInet6 = 10;
    public const int SockStream = 1, SockNonBlock = 0x800, SockCloseOnExec = 0x80000;
    public const int MsgNoSignal = 0x4000, MsgDontWait = 0x40, MsgPeek = 2;
    public const int SolSocket = 1, SoReuseAddress = 2, SoError = 4, SoSendBuffer = 7, SoReceiveBuffer = 8, SoKeepAlive = 9;
    public const int IpProtoTcp = 6, IpProtoIpv6 = 41, Ipv6Only = 26;
    public const int TcpNoDelay = 1, TcpKeepIdle = 4, TcpKeepInterval = 5, TcpKeepCount = 6, TcpInfo = 11, TcpCongestion = 13,
        TcpUserTimeout = 18, TcpNotSentLowAt = 25;
    public const int EpollCtlAdd = 1, EpollCtlDelete = 2, EpollCtlModify = 3;
    public const uint EpollIn = 1, EpollOut = 4, EpollError = 8, EpollHangUp = 16;
    public const int AdviseHugePages = 14;
    public const int ErrInterrupted = 4, ErrAgain = 11, ErrConnectionAborted = 103, ErrInProgress = 115, ErrTimedOut = 110;

    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>struct epoll_event, which x86-64 packs to 12 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct EpollEvent
    {
        public uint Events;
        public ulong Token;
    }

    public static int Errno => Marshal.GetLastSystemError();

    public static string ErrorText(int errno) => $"{Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})";

    [DllImport(Library, EntryPoint = "socket")] public static extern int Socket(int family, int type, int protocol);
    [DllImport(Library, EntryPoint = "bind")] public static extern int Bind(int fd, byte* address, uint length);
    [DllImport(Library, EntryPoint = "listen")] public static extern int Listen(int fd, int backlog);
    [DllImport(Library, EntryPoint = "accept4")] public static extern int Accept(int fd, byte* address, uint* length, int flags);
    [DllImport(Library, EntryPoint = "connect")] public static extern int Connect(int fd, byte* address, uint length);
    [DllImport(Library, EntryPoint = "getsockname")] public static extern int GetSocketName(int fd, byte* address, uint* length);
    [DllImport(Library, EntryPoint = "getpeername")] public static extern int GetPeerName(int fd, byte* address, uint* length);
    [DllImport(Library, EntryPoint = "setsockopt")] public static extern int SetSocketOption(int fd, int level, int name, void* value, uint length);
    [DllImport(Library, EntryPoint = "getsockopt")] public static extern int GetSocketOption(int fd, int level, int name, void* value, uint* length);
    [DllImport(Library, EntryPoint = "ioctl")] private static extern int Control(int fd, nuint request, int* value);
    [DllImport(Library, EntryPoint = "shutdown")] public static extern int Shutdown(int fd, int how);
    [DllImport(Library, EntryPoint = "close")] public static extern int Close(int fd);
    [DllImport(Library, EntryPoint = "send")] public static extern nint Send(int fd, void* data, nuint length, int flags);
    [DllImport(Library, EntryPoint = "recv")] public static extern nint Receive(int fd, void* data, nuint length, int flags);
    [DllImport(Library, EntryPoint = "read")] public static extern nint Read(int fd, void* data, nuint length);
    [DllImport(Library, EntryPoint = "write")] public static extern nint Write(int fd, void* data, nuint length);
    [DllImport(Library, EntryPoint = "sendmsg")] public static extern nint SendMessage(int fd, MessageHeader* message, int flags);
    [DllImport(Library, EntryPoint = "recvmsg")] public static extern nint ReceiveMessage(int fd, MessageHeader* message, int flags);
    [DllImport(Library, EntryPoint = "epoll_create1")] public static extern int EpollCreate(int flags);
    [DllImport(Library, EntryPoint = "epoll_ctl")] public static extern int EpollControl(int epoll, int operation, int fd, EpollEvent* change);
    [DllImport(Library, EntryPoint = "epoll_wait")] public static extern int EpollWait(int epoll, EpollEvent* events, int capacity, int timeoutMs);
    [DllImport(Library, EntryPoint = "eventfd")] public static extern int EventDescriptor(uint initial, int flags);
    [DllImport(Library, EntryPoint = "kill")] public static extern int Kill(int process, int signal);
    [DllImport(Library, EntryPoint = "sched_yield")] public static extern int Yield();

    [DllImport(Library, EntryPoint = "syscall")] private static extern nint SystemCall(nint number, int* address, nint operation, nint value, Timespec* timeout, nint unused1, nint unused2);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    private const nint FutexCall = 202, FutexWaitPrivate = 128, FutexWakePrivate = 129;

    /// <summary>Sleeps while *address == expected, for timeoutMs at most (negative: without limit). Wakes may be spurious.</summary>
    public static void FutexWait(int* address, int expected, long timeoutMs)
    {
        Timespec limit = new() { Seconds = timeoutMs / 1000, Nanoseconds = timeoutMs % 1000 * 1_000_000 };
        SystemCall(FutexCall, address, FutexWaitPrivate, expected, timeoutMs < 0 ? null : &limit, 0, 0);
    }

    /// <summary>Bytes in the socket's send queue that the peer's kernel has not acknowledged (SIOCOUTQ).</summary>
    public static int UnsentBytes(int fd)
    {
        const nuint OutQueue = 0x5411;
        int bytes = 0;
        return Control(fd, OutQueue, &bytes) < 0 ? 0 : bytes;
    }

    public static void FutexWake(int* address, int count) =>
        SystemCall(FutexCall, address, FutexWakePrivate, count, null, 0, 0);

    public static int SetOption(int fd, int level, int name, int value) => SetSocketOption(fd, level, name, &value, sizeof(int));

    [LibraryImport(Library, EntryPoint = "madvise")]
    public static partial int AdviseMemory(void* address, nuint length, int advice);
}
