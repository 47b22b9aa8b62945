using System.Runtime.InteropServices;

namespace Collectives.Native.Exports;

/// <summary>coll_abi_version, coll_version_string. They touch no state, so they work in forked children too.</summary>
internal static unsafe class VersionExports
{
    /// <summary>COLL_ABI_VERSION of the header: major (16), minor (16).</summary>
    public const uint Abi = 0x00010001;

    public static ReadOnlySpan<byte> Text => "0.1.0"u8;

    [UnmanagedCallersOnly(EntryPoint = "coll_abi_version")]
    public static uint AbiVersion() => Abi;

    [UnmanagedCallersOnly(EntryPoint = "coll_version_string")]
    public static byte* VersionString() => StaticText.Pointer(Text);
}
