using System.Runtime.InteropServices;

namespace Collectives.Perf.Wan.Interop;

/// <summary>The system calls of the emulator. Each returns -1 on failure; <see cref="ErrorText"/> then says why.</summary>
internal static unsafe partial class Linux
{
    private const string Library = "libc";

    public const int ReadOnly = 0, ReadWrite = 2, NonBlocking = 0x800, CloseOnExec = 0x80000;
    public const int ErrInterrupted = 4;
    public const int CloneNewNetwork = 0x40000000;
    public const int SchedulerFifo = 1;
    public const int ClockMonotonic = 1, AbsoluteTime = 1;
    public const short PollIn = 1;
    public const int DeathSignal = 1, SignalKill = 9;

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds, Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events, Returned;
    }

    public static int Errno => Marshal.GetLastSystemError();

    public static string ErrorText => Marshal.GetPInvokeErrorMessage(Errno);

    [LibraryImport(Library, EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "ioctl")]
    public static partial int Control(int descriptor, nuint request, void* argument);

    [LibraryImport(Library, EntryPoint = "ioctl")]
    public static partial int Control(int descriptor, nuint request, nuint argument);

    [LibraryImport(Library, EntryPoint = "read")]
    public static partial nint Read(int descriptor, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "write")]
    public static partial nint Write(int descriptor, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "poll")]
    public static partial int Poll(PollDescriptor* descriptors, ulong count, int timeoutMs);

    [LibraryImport(Library, EntryPoint = "clock_nanosleep")]
    public static partial int SleepUntil(int clock, int flags, TimeSpec* moment, TimeSpec* remaining);

    [LibraryImport(Library, EntryPoint = "sched_setscheduler")]
    public static partial int SetScheduler(int thread, int policy, int* priority);

    [LibraryImport(Library, EntryPoint = "unshare")]
    public static partial int Unshare(int flags);

    [LibraryImport(Library, EntryPoint = "prctl")]
    public static partial int ProcessControl(int option, nuint argument);
}
