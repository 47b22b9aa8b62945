namespace Collectives.Communication;

/// <summary>What is told of an operation that ended well; coll_result.</summary>
public struct OperationResult
{
    public int Participants;
    public ulong Epoch;
    public int Retries;
    public int Pending;
    public ulong TxBytes;
    public ulong RxBytes;
    public double Seconds;
    public Algorithm Algorithm;
}
