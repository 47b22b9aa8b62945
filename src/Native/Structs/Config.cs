using System.Runtime.InteropServices;

namespace Collectives.Native.Structs;

/// <summary>coll_config.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Config
{
    public uint Size;
    public uint MinMembers;
    public byte* Coordinator;
    public uint Group;
    public uint Lanes;
    public byte* Advertise;
    public byte* InterfaceName;
    public byte* Token;
    public byte* CongestionControl;
    public uint HeartbeatMs;
    public int SpinUs;
    public long DeadlineMs;
    public ulong ScratchLimitBytes;
    public uint KeepaliveS;
    public uint UserTimeoutMs;
    public byte* DumpDir;
    public int RecordedEvents;
    public int KeepOrder;
    public byte* PortRange;
}
