namespace Collectives.Transport;

/// <summary>What a network has carried and refused. Written by the owner of the loop, read from anywhere (each field atomically).</summary>
public sealed class TrafficCounters
{
    public long TxBytes;
    public long RxBytes;
    public long ConnectionsRefused;
    public long LanesReopened;
    public int OpenLanes;
}
