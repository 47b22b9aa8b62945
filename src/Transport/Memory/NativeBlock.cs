using System.Runtime.InteropServices;

namespace Collectives.Transport.Memory;

/// <summary>Page-aligned memory outside the managed heap.</summary>
public static unsafe class NativeBlock
{
    public static byte* Allocate(int bytes) => (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 4096);

    public static void Free(byte* block) => NativeMemory.AlignedFree(block);
}
