using System.Runtime.InteropServices;
using Collectives.Communication;

namespace Collectives.Native.Structs;

/// <summary>coll_comm_statistics.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StatisticsRecord
{
    public uint Size;
    public uint Lanes;
    public ulong Operations;
    public ulong Failures;
    public ulong TxBytes;
    public ulong RxBytes;
    public ulong FramesDropped;
    public ulong ConnectionsRefused;
    public ulong CoordinatorMessages;
    public ulong ScratchBytes;
    public ulong ScratchPeakBytes;
    public ulong ManagedBytes;

    public static StatisticsRecord From(in CommunicatorStatistics statistics) => new()
    {
        Lanes = (uint)statistics.Lanes,
        Operations = (ulong)statistics.Operations,
        Failures = (ulong)statistics.Failures,
        TxBytes = (ulong)statistics.TxBytes,
        RxBytes = (ulong)statistics.RxBytes,
        FramesDropped = (ulong)statistics.FramesDropped,
        ConnectionsRefused = (ulong)statistics.ConnectionsRefused,
        CoordinatorMessages = (ulong)statistics.CoordinatorMessages,
        ScratchBytes = (ulong)statistics.ScratchBytes,
        ScratchPeakBytes = (ulong)statistics.ScratchPeakBytes,
        ManagedBytes = (ulong)statistics.ManagedBytes,
    };
}
