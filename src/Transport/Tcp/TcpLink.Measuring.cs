namespace Collectives.Transport.Tcp;

/// <summary>How much the link carries, and over how many lanes it is best sent: seen from what is sent anyway, or by a probe.</summary>
internal sealed partial class TcpLink
{
    private readonly LaneTuner? _tuner;
    private readonly RateMeter _meter = new();
    private LinkProbe? _probe;
    private long _deliveredBytes;

    public void Prepare()
    {
        // Where the caller has said how many lanes there are to be, the probe has no more.
        if (Dials) _wanted = Math.Max(_wanted, ProbeLanes);
    }

    public void Probe(int limitMs, Action<double> measured)
    {
        if (_probe is not null) return;
        if (_closed || !IsConnected)
        {
            measured(0);
            return;
        }

        Prepare();
        _network.Loop.Busy++; // for ticks that are close enough together
        _probe = new LinkProbe(Environment.TickCount64, limitMs, measured);
        Wake();
    }

    /// <summary>Lanes that this end has asked the dialer for, 0 if it has not.</summary>
    public int Wish => Dials || _tuner is null || _tuner.Lanes == 1 ? 0 : _tuner.Lanes;

    /// <summary>The other end wants to send on so many lanes.</summary>
    public void PeerWishes(int lanes)
    {
        if (Dials && IsUp && lanes > _wanted) _wanted = Math.Min(lanes, _lanes.Length);
    }

    private int ProbeLanes => _tuner is null ? _begunWith : Math.Min(LinkProbe.Lanes, _lanes.Length);

    /// <summary>Looks at how busy the lanes are, and whether more of them would carry more.</summary>
    private void Tune(long nowMs)
    {
        int among = Math.Min(_tuner?.Lanes ?? _used, _lanes.Length);
        int open = OpenLanes(among);
        bool hungry = open > 0;
        uint roundTripUs = 0;
        for (int i = 0; i < among; i++)
        {
            if (_lanes[i] is not { } lane) continue;
            hungry &= lane.IsFull && lane.IsFar;
            if (roundTripUs == 0 && lane.IsFar) roundTripUs = lane.RoundTripUs;
        }

        // What the kernel has taken says little: a new lane takes a lot before any of it arrives.
        foreach (TcpLane? lane in _lanes)
        {
            if (lane is { IsFar: true }) _deliveredBytes += lane.TakeDelivered();
        }

        // A probe keeps more lanes busy than those that the tuner looks at.
        if (_probe is not null) hungry = false;
        _meter.Observe(nowMs, _deliveredBytes, hungry, roundTripUs / 1000.0);
        if (_tuner is null) return;
        _tuner.Observe(nowMs, _deliveredBytes, hungry, open, roundTripUs / 1000.0);
        _used = _tuner.Lanes;
        if (Dials) _wanted = Math.Max(_wanted, _tuner.Lanes);
        else if (Wish > OpenLanes(_lanes.Length)) Array.Find(_lanes, lane => lane is not null)?.Ask();
    }

    private void Observe(LinkProbe probe, long nowMs)
    {
        long acknowledged = 0;
        uint roundTripUs = uint.MaxValue;
        foreach (TcpLane? lane in _lanes)
        {
            if (lane is null) continue;
            long bytes = lane.DeliveredBytes;
            probe.NoteLane(lane.Index, bytes);
            acknowledged += bytes;
            roundTripUs = Math.Min(roundTripUs, lane.LeastRoundTripUs);
        }

        if (roundTripUs == uint.MaxValue || !probe.Observe(nowMs, acknowledged, OpenLanes(_lanes.Length) >= ProbeLanes, roundTripUs / 1000.0)) End(probe);
        else Wake();
    }

    private void End(LinkProbe probe)
    {
        _probe = null;
        _network.Loop.Busy--;
        double rate = probe.End();
        if (rate > 0) _meter.Know(rate);
    }
}
