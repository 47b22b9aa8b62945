using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Collectives.Native;

/// <summary>C strings with static storage.</summary>
internal static unsafe class StaticText
{
    /// <summary>
    /// The address of a u8 literal. It lies in the library's read-only section, so it never moves, and the
    /// compiler puts a zero behind it. Anything but a literal must not be passed.
    /// </summary>
    public static byte* Pointer(ReadOnlySpan<byte> literal) =>
        (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal));
}
