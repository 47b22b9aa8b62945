using System.Runtime.InteropServices;

namespace Collectives.Transport.Tests.Faults;

/// <summary>What the process holds and uses, as the kernel and the C library count it. For tests that run alone.</summary>
internal static unsafe class Resources
{
    private const int DescriptorLimit = 7, ErrTooManyFiles = 24;

    /// <summary>Sockets, pollers and events; the runtime opens files and pipes of its own when it likes.</summary>
    public static int Descriptors => Directory.GetFileSystemEntries("/proc/self/fd").Count(path =>
        TargetOf(path) is { } target && (target.StartsWith("socket:") || target.StartsWith("anon_inode:")));

    /// <summary>Bytes in use of the C library's heap, where NativeMemory takes from; large blocks count too.</summary>
    public static long NativeBytes
    {
        get
        {
            // Managed objects that are garbage may hold some, threads that have ended among them.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            Heap heap = MallInfo();
            return (long)(heap.InUse + heap.Mapped);
        }
    }

    public static long ManagedBytes => GC.GetTotalMemory(forceFullCollection: true);

    public static int CallingThread => GetThreadId();

    /// <summary>Threads that bear that name; the kernel cuts it to 15 characters.</summary>
    public static int ThreadsNamed(string name) => Directory.GetDirectories("/proc/self/task").Count(task => NameOf(task) == name);

    /// <summary>The kernel's number of the one thread that bears that name.</summary>
    public static int ThreadNamed(string name) =>
        int.Parse(Path.GetFileName(Assert.Single(Directory.GetDirectories("/proc/self/task"), task => NameOf(task) == name)));

    /// <summary>Processor time of a thread of this process; needs no descriptor.</summary>
    public static TimeSpan ProcessorTime(int thread)
    {
        long* time = stackalloc long[2];
        // The kernel's clock of one thread's scheduled time: its id's complement, and the bits for "thread" and "scheduled".
        Assert.Equal(0, GetTime((~thread << 3) | 6, time));
        return TimeSpan.FromSeconds(time[0]) + TimeSpan.FromMicroseconds(time[1] / 1000.0);
    }

    /// <summary>What the threads use of the processor from now until the period has passed; needs no descriptor.</summary>
    public static TimeSpan ProcessorTimeOver(int periodMs, params int[] threads)
    {
        TimeSpan start = Sum();
        Thread.Sleep(periodMs);
        return Sum() - start;

        TimeSpan Sum() => TimeSpan.FromTicks(threads.Sum(thread => ProcessorTime(thread).Ticks));
    }

    /// <summary>Runs the action while the process can open nothing any more.</summary>
    public static void WithoutDescriptors(Action action)
    {
        List<int> taken = [];
        ulong* before = stackalloc ulong[2];
        Assert.Equal(0, GetLimit(DescriptorLimit, before));
        int highest = Directory.GetFileSystemEntries("/proc/self/fd").Max(path => int.Parse(Path.GetFileName(path)));
        ulong* lower = stackalloc ulong[2] { (ulong)highest + 1, before[1] };
        Assert.Equal(0, SetLimit(DescriptorLimit, lower));
        try
        {
            int fd;
            while ((fd = Duplicate(0)) >= 0) taken.Add(fd);
            Assert.Equal(ErrTooManyFiles, Marshal.GetLastPInvokeError());
            action();
        }
        finally
        {
            foreach (int fd in taken) Close(fd);
            SetLimit(DescriptorLimit, before);
        }
    }

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(task + "/comm").TrimEnd();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return ""; // ended between the listing and the look at it
        }
    }

    private static string? TargetOf(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null; // closed between the listing and the look at it
        }
    }

    /// <summary>struct mallinfo2.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Heap
    {
        public nuint Arena, FreeChunks, FastChunks, MappedBlocks, Mapped, MaxUsed, FastFree, InUse, Free, Trimmable;
    }

    [DllImport("libc", EntryPoint = "mallinfo2")] private static extern Heap MallInfo();
    [DllImport("libc", EntryPoint = "gettid")] private static extern int GetThreadId();
    [DllImport("libc", EntryPoint = "clock_gettime")] private static extern int GetTime(int clock, long* time);
    [DllImport("libc", EntryPoint = "getrlimit")] private static extern int GetLimit(int resource, ulong* limit);
    [DllImport("libc", EntryPoint = "setrlimit")] private static extern int SetLimit(int resource, ulong* limit);
    [DllImport("libc", EntryPoint = "dup", SetLastError = true)] private static extern int Duplicate(int fd);
    [DllImport("libc", EntryPoint = "close")] private static extern int Close(int fd);
}
