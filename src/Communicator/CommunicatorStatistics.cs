namespace Collectives.Communication;

/// <summary>Counters since the communicator was created; coll_comm_statistics.</summary>
public struct CommunicatorStatistics
{
    public int Lanes;
    public long Operations;
    public long Failures;
    public long TxBytes;
    public long RxBytes;
    public long FramesDropped;
    public long ConnectionsRefused;
    public long CoordinatorMessages;
    public long ScratchBytes;
    public long ScratchPeakBytes;
    public long ManagedBytes;
}
