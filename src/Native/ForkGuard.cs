using System.Runtime.InteropServices;
using Collectives.Transport;

namespace Collectives.Native;

/// <summary>
/// Knows whether this process is a forked child of the one that made its handles. fork() copies the memory
/// but not the library's threads, so in the child a communicator would wait forever. One page is marked
/// MADV_WIPEONFORK (Linux 4.14): the parent writes a one into it, the child finds a zero. The test is one
/// read of memory, where comparing process ids would be a system call per collective.
/// </summary>
internal static unsafe partial class ForkGuard
{
    public const string Refusal =
        "this process is a forked child of the one that used the library, and the library's threads stayed in "
        + "the parent: start processes with exec (posix_spawn, multiprocessing's \"spawn\"), or fork before the "
        + "first coordinator or communicator is made";

    private const nuint PageLength = 4096;
    private const int ReadAndWrite = 0x1 | 0x2;          // PROT_READ | PROT_WRITE
    private const int PrivateAnonymous = 0x02 | 0x20;    // MAP_PRIVATE | MAP_ANONYMOUS
    private const int WipeOnFork = 18;                   // MADV_WIPEONFORK
    private const byte Original = 1;

    private static nint page;

    /// <summary>False until <see cref="TryArm"/>: a process that has made no handle has none to misuse.</summary>
    public static bool InChild
    {
        get
        {
            nint current = page;
            return current != 0 && Volatile.Read(ref *(byte*)current) != Original;
        }
    }

    /// <summary>Called by whatever makes the process's first handle; later calls return at once.</summary>
    public static bool TryArm(out Fault fault)
    {
        fault = Fault.None;
        if (page != 0)
        {
            return true;
        }

        void* mapped = MapPages(null, PageLength, ReadAndWrite, PrivateAnonymous, -1, 0);
        if ((nint)mapped == -1)
        {
            fault = Refused("mmap of one page");
            return false;
        }

        if (AdvisePages(mapped, PageLength, WipeOnFork) != 0)
        {
            fault = Refused("madvise(MADV_WIPEONFORK), which needs Linux 4.14 or later,");
            _ = UnmapPages(mapped, PageLength);
            return false;
        }

        *(byte*)mapped = Original;

        // Publishes the page after its byte: InChild reads the pointer first and the byte through it. Of two
        // threads that come here at once, one loses and gives its page back.
        if (Interlocked.CompareExchange(ref page, (nint)mapped, 0) != 0)
        {
            _ = UnmapPages(mapped, PageLength);
        }

        return true;
    }

    private static Fault Refused(string what) =>
        new(Status.System, $"{what} failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* MapPages(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int UnmapPages(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int AdvisePages(void* address, nuint length, int advice);
}
