using System.Runtime.InteropServices;
using Collectives.Communication;

namespace Collectives.Native.Structs;

/// <summary>coll_result.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Result
{
    public uint Size;
    public uint Participants;
    public ulong Epoch;
    public uint Retries;
    public uint PendingMembers;
    public ulong TxBytes;
    public ulong RxBytes;
    public double Seconds;
    public int Algorithm;
    public int Late;
    public ulong ParticipantMask;
    public uint BetterOrder;
    public uint Reserved;
    public ulong SlotMask;
    public double PredictedSeconds;

    public static Result From(in OperationResult result) => new()
    {
        Participants = (uint)result.Participants,
        Epoch = result.Epoch,
        Retries = (uint)result.Retries,
        PendingMembers = (uint)result.Pending,
        TxBytes = result.TxBytes,
        RxBytes = result.RxBytes,
        Seconds = result.Seconds,
        Algorithm = (int)result.Algorithm,
        Late = result.IsLate ? 1 : 0,
        ParticipantMask = result.ParticipantMask,
        BetterOrder = result.HasBetterOrder ? 1u : 0,
        SlotMask = result.SlotMask,
        PredictedSeconds = result.PredictedSeconds,
    };
}
