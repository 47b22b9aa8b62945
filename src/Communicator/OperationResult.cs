namespace Collectives.Communication;

/// <summary>What is told of an operation that ended well; coll_result.</summary>
public struct OperationResult
{
    public int Participants;
    public ulong Epoch;
    public int Retries;
    public int Pending;

    /// <summary>The next update would put the members in an order in which their links carry more.</summary>
    public bool HasBetterOrder;

    public ulong TxBytes;
    public ulong RxBytes;
    public double Seconds;
    public Algorithm Algorithm;

    /// <summary>Of the first 64 ranks of the epoch, those whose input is in the result.</summary>
    public ulong ParticipantMask;

    /// <summary>Of the first 64 slots, those whose members took part.</summary>
    public ulong SlotMask;

    /// <summary>What the chooser expected for <see cref="Seconds"/>; 0: nothing.</summary>
    public double PredictedSeconds;

    /// <summary>This member's input is not in the result: it called too late.</summary>
    public bool IsLate;
}
