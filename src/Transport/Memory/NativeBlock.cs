using System.Runtime.InteropServices;
using Collectives.Transport.Interop;

namespace Collectives.Transport.Memory;

/// <summary>Page-aligned memory outside the managed heap.</summary>
public static unsafe class NativeBlock
{
    private const nuint HugePage = 2 << 20;

    public static byte* Allocate(int bytes) => (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 4096);

    /// <summary>
    /// For buffers as large as the caller's: in huge pages where the system gives them on request, which saves
    /// faults when it is first touched and look-ups ever after.
    /// </summary>
    public static byte* AllocateLarge(nuint bytes)
    {
        if (bytes < 2 * HugePage) return (byte*)NativeMemory.AlignedAlloc(bytes, 4096);
        byte* block = (byte*)NativeMemory.AlignedAlloc(bytes, HugePage);
        Libc.AdviseMemory(block, bytes / HugePage * HugePage, Libc.AdviseHugePages);
        return block;
    }

    public static void Free(byte* block) => NativeMemory.AlignedFree(block);
}
