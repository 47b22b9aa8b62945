using System.Runtime.InteropServices;

namespace Collectives.Native.Structs;

/// <summary>coll_coordinator_config.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CoordinatorConfig
{
    public uint Size;
    public byte* Listen;
    public byte* Token;
    public uint HeartbeatMs;
    public byte* Metrics;
}
