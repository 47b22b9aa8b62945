namespace Collectives.Transport.Tcp;

/// <summary>
/// A link that is made through another member. The first end dials that one for each lane that it wants; the other end keeps one connection
/// waiting there, and makes the next when the first one has begun to use it. Meanwhile both go on dialling each other, but not while there is
/// a lane; one that comes about directly ends the relaying.
/// </summary>
internal sealed partial class TcpLink
{
    private const int RelayAgainMs = 200;

    /// <summary>As it stands behind the congestion control in reports.</summary>
    private const string Relayed = ", relayed";

    private readonly bool[] _relaying;
    private readonly long[] _nextRelayMs;
    private Fault _relayFault;

    /// <summary>The member that the lanes go through, or are to go through; none: they are direct.</summary>
    public RelayAddress? Through { get; private set; }

    public void GoThrough(in RelayAddress relay)
    {
        // Lanes that are there go on; those that are missing go through this one.
        if (_closed || Through == relay || (IsConnected && Through is null)) return;
        StopRelayDials();
        (Through, _relayFault) = (relay, Fault.None);
        TickRelay(Environment.TickCount64);
    }

    public void RelayFailed(int index, Fault fault, long nowMs)
    {
        _relaying[index] = false;
        _nextRelayMs[index] = nowMs + RelayAgainMs;
        _relayFault = fault;
    }

    private void TickRelay(long nowMs)
    {
        if (Through is not { } relay) return;
        int connections = IsFirst ? _wanted : 1;
        for (int i = 0; i < connections && Through == relay; i++)
        {
            if (_relaying[i] || nowMs < _nextRelayMs[i] || (IsFirst && _lanes[i] is not null)) continue;
            _relaying[i] = true;
            _network.DialRelay(this, i, relay);
        }
    }

    /// <summary>A lane has come about: what was dialled for it, or waited for it, is used up or not needed.</summary>
    private void EndRelayDial(int index, bool isRelayed)
    {
        if (isRelayed)
        {
            _relaying[IsFirst ? index : 0] = false;
            return;
        }

        StopRelayDials();
        (Through, _relayFault) = (null, Fault.None);
    }

    private void StopRelayDials()
    {
        if (Through is null) return;
        _network.DropDials(this, isRelayed: true);
        Array.Clear(_relaying);
        Array.Clear(_nextRelayMs);
    }
}
