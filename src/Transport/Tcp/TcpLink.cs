using Collectives.Transport.Memory;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tcp;

/// <summary>
/// A link of several TCP lanes. It holds what no lane has fetched yet; a lane that breaks puts back what the
/// peer may not have, and is dialled again.
///
/// One end dials all lanes: first the one with the smaller member id. If that leads to nothing for a while the other one dials too, as one of
/// them may be where nobody gets in; whoever has opened a lane is the dialer from then on, at both ends. Of two that dial at the same time the first
/// decides, since it alone turns dials away: when it has proved itself to the other, or has a lane that it has dialled. Before that it gives its own dials up
/// for one that comes in. The other end takes every dial, and gives up its own.
///
/// How many lanes there are is the dialer's to decide. Each end sends on the first few of them, as its own
/// <see cref="LaneTuner"/> finds out; an end that wants more than there are asks the dialer for them. None is closed again:
/// one that is not sent on costs nothing, and may be wanted later.
/// </summary>
internal sealed partial class TcpLink : ILink
{
    /// <summary>A receiver that sends nothing acknowledges at its next tick.</summary>
    private const int AcknowledgeMs = 20;

    private readonly TcpNetwork _network;
    private readonly TcpLane?[] _lanes;
    private readonly bool[] _dialling;
    private readonly long[] _nextDialMs;
    private readonly Fifo<OutgoingFrame> _posted = new();
    private readonly Fifo<OutgoingFrame> _returned = new();
    private long _downSinceMs;
    private Fault _lastFault = new(Status.PeerLost, "no connection was made yet");
    private bool _dirty;
    private bool _closed;
    private bool _wasUp;
    private bool _saidLost;
    private int _firstLane;
    private int _begunWith;
    private int _wanted;
    private int _used;
    private int _everOpen;

    public TcpLink(TcpNetwork network, MemberId peer, string host, int port, bool isFirst)
    {
        int most = Math.Max(network.Settings.LanesPerLink, network.Settings.MostLanes);
        _network = network;
        Peer = peer;
        Host = host;
        Port = port;
        IsFirst = Dials = isFirst;
        Address = Dialled = HostPort.Join(host, port);
        _lanes = new TcpLane?[most];
        _dialling = new bool[most];
        _nextDialMs = new long[most];
        _relaying = new bool[most];
        _nextRelayMs = new long[most];
        _begunWith = _wanted = network.Settings.LanesPerLink;
        _used = most;
        if (most > _begunWith) _tuner = new LaneTuner(most);
        _downSinceMs = Environment.TickCount64;
    }

    public MemberId Peer { get; }
    public string Host { get; }
    public int Port { get; }
    public string Address { get; }

    /// <summary>The same with what the host was found to mean, if it is a name.</summary>
    public string Dialled { get; set; }

    public int Tag { get; set; }

    /// <summary>Whether this end is the one that dials a new link.</summary>
    public bool IsFirst { get; }

    /// <summary>Whether this end opens the connections: it has opened those that there are, or were last.</summary>
    public bool Dials { get; private set; }

    /// <summary>Whether a connection that the other end has dialled becomes a lane.</summary>
    public bool TakesDials => !IsFirst || !(_network.IsProving(this) || (Dials && IsConnected));

    /// <summary>Lanes that there are to be, as the dialer sees it.</summary>
    public int Wanted => _wanted;

    public int MostLanes => _lanes.Length;

    public long TxBytes { get; set; }

    public long RxBytes { get; set; }

    public LinkState State
    {
        get
        {
            int open = 0;
            uint roundTrip = uint.MaxValue;
            bool far = false;
            string control = "";
            foreach (TcpLane? lane in _lanes)
            {
                if (lane is not { IsOpen: true }) continue;
                if (open++ == 0) control = lane.CongestionControl;
                roundTrip = Math.Min(roundTrip, lane.RoundTripUs);
                far |= lane.IsFar;
            }

            if (open > 0 && Through is not null) control += Relayed;
            return new LinkState(open, TxBytes, RxBytes, roundTrip == uint.MaxValue ? 0 : roundTrip, _meter.Rate, far, control);
        }
    }

    public bool IsUp => _wasUp && !_closed;

    public bool IsConnected => Array.Exists(_lanes, lane => lane is not null);

    public bool HasUnsent => _posted.Count > 0 || _returned.Count > 0 || Array.Exists(_lanes, lane => lane is { HasUnsent: true });

    public void Post(in OutgoingFrame frame)
    {
        _posted.Append() = frame;
        Wake();
    }

    public void Wake()
    {
        if (_dirty || _closed) return;
        _dirty = true;
        _network.MarkDirty(this);
    }

    public void MarkDirty(TcpLane lane) => Wake();

    public void Abandon(object owner)
    {
        foreach (TcpLane? lane in _lanes) lane?.Abandon(owner);
        Forget(_posted, owner);
        Forget(_returned, owner);
    }

    /// <summary>The next frame for the lane that asks, if it is among those in use.</summary>
    public bool TryTake(TcpLane lane, ref OutgoingFrame frame)
    {
        if ((lane.Index < _used || OpenLanes(_used) == 0)
            && (TryTake(_posted, ref frame) || TryTakeReturned(ref frame) || _network.Client.TryTake(this, ref frame) || TryTakeOver(lane, ref frame))) return true;
        return _probe is not null && _probe.TryFill(lane.Index, ref frame);
    }

    /// <summary>A caller has told how many lanes the link is to have.</summary>
    public void Expect(int lanes)
    {
        if (!_wasUp) _begunWith = Math.Min(lanes, _lanes.Length);
    }

    /// <summary>A lane broke before the peer said that it has the frame.</summary>
    public void Return(OutgoingFrame frame, bool written)
    {
        if (frame.Twin is { } twin)
        {
            twin.Copies--;
            if (!written) twin.Unwritten--;
            bool isCarried = twin.IsAcknowledged || twin.Copies > 0;
            if (!isCarried) twin.IsSettled = true;
            Settle(twin, frame);
            if (isCarried) return;
            frame.Twin = null;
        }

        if (frame.Header.Kind == FrameKind.Filler) return;
        if (_closed || (frame.Owner is not null && !_network.Client.IsWanted(frame))) _network.Client.Retire(frame);
        else _returned.Append() = frame;
    }

    /// <summary>Lets every lane write what it can.</summary>
    public void Flush()
    {
        _dirty = false;
        // Small operations come here several times: lanes that were never open cost them nothing.
        for (int i = 0; i < _everOpen && !_closed; i++) _lanes[(_firstLane + i) % _everOpen]?.Write();
        // Whoever writes first gets most of a small operation's frames; start with another one next time only
        // where there is a choice to spread.
        if (_everOpen > 1) _firstLane = (_firstLane + 1) % _everOpen;
    }

    /// <summary>Takes over a connection whose handshake has ended; it replaces an older one of the same lane.</summary>
    public void Adopt(int index, int fd, bool far, bool dialled, bool isRelayed)
    {
        Dials = dialled;
        EndRelayDial(index, isRelayed);
        if (!dialled || isRelayed) StopDialling();
        if (dialled && !_wasUp) _begunWith = _network.Settings.LanesPerLink;
        _lanes[index]?.Close();
        _dialling[index] = false;
        if (_lanes[index] is null) _network.Counters.OpenLanes++;
        if (_wasUp && index < _everOpen) _network.Counters.LanesReopened++;
        _everOpen = Math.Max(_everOpen, index + 1);
        _lanes[index] = new TcpLane(_network, this, index, fd, far);
        _network.Client.LaneOpened(this, index);
        Wake();
        if (!_wasUp && OpenLanes(_begunWith) < _begunWith) return;
        if (_wasUp && !_saidLost) return;
        (_wasUp, _saidLost) = (true, false);
        _network.Client.LinkUp(this);
    }

    public void LaneFailed(TcpLane lane, Fault fault)
    {
        _lastFault = fault;
        lane.Close();
        int index = lane.Index;
        if (!ReferenceEquals(_lanes[index], lane)) return;
        _lanes[index] = null;
        _network.Counters.OpenLanes--;
        _nextDialMs[index] = 0;
        _network.Client.LaneBroken(this, index, fault);
        Wake();
        if (IsConnected) return;
        _downSinceMs = Environment.TickCount64;
        _network.Client.LinkDown(this);
    }

    public void DialFailed(int index, Fault fault, long nowMs)
    {
        _dialling[index] = false;
        if (_wasUp && index >= _begunWith && IsConnected)
        {
            // One of those that were to be added: the others carry on without it.
            _wanted = Math.Max(_begunWith, Math.Min(_wanted, index));
            return;
        }

        _lastFault = fault;
        _nextDialMs[index] = nowMs + (_saidLost ? TcpNetwork.PatientRedialMs : TcpNetwork.RedialMs);
    }

    /// <summary>Dials lanes that are missing, acknowledges, and says so when the link has been down for too long.</summary>
    public void Tick(long nowMs)
    {
        bool anyOpen = IsConnected;
        TickRelay(nowMs);
        bool dials = anyOpen ? Dials && Through is null : Dials || nowMs - _downSinceMs >= _network.Settings.OtherEndMs;
        for (int i = 0; i < _lanes.Length; i++)
        {
            if (_lanes[i] is { } lane)
            {
                lane.AcknowledgeIfIdle();
                lane.LimitUnsent(nowMs);
            }
            else if (dials && i < _wanted && !_dialling[i] && nowMs >= _nextDialMs[i])
            {
                _dialling[i] = true;
                _network.Dial(this, i);
            }
        }

        if (_wasUp && anyOpen) Tune(nowMs);
        if (_probe is not null) Observe(_probe, nowMs);
        if (_used > 1 && _lanes[0] is { IsFar: true }) Wake(); // for lanes that have nothing to do: TryTakeOver
        int limitMs = _wasUp ? _network.Settings.ReconnectMs : _network.Settings.ConnectMs;
        if (anyOpen || _saidLost || nowMs - _downSinceMs <= limitMs) return;
        Fault fault = new(Status.PeerLost,
            $"the link to member {Peer} at {Address} has been down for {nowMs - _downSinceMs} ms; last failure: {_lastFault.Message}"
            + (_relayFault.IsNone ? "" : $"; {_relayFault.Message}"));
        _saidLost = true;
        _network.Client.LinkLost(this, fault);
    }

    public void Close()
    {
        _closed = true;
        if (_probe is not null) End(_probe);
        for (int i = 0; i < _lanes.Length; i++)
        {
            if (_lanes[i] is null) continue;
            _lanes[i]!.Close();
            _lanes[i] = null;
            _network.Counters.OpenLanes--;
        }

        Drop(_posted);
        Drop(_returned);
    }

    private void StopDialling()
    {
        if (!Array.Exists(_dialling, dialling => dialling)) return;
        _network.DropDials(this, isRelayed: false);
        Array.Clear(_dialling);
    }

    private int OpenLanes(int among)
    {
        int open = 0;
        for (int i = 0; i < Math.Min(among, _lanes.Length); i++) open += _lanes[i] is null ? 0 : 1;
        return open;
    }

    /// <summary>What was returned may have arrived after all, and its operation have ended since.</summary>
    private bool TryTakeReturned(ref OutgoingFrame frame)
    {
        while (TryTake(_returned, ref frame))
        {
            if (frame.Owner is null || _network.Client.IsWanted(frame)) return true;
            _network.Client.Retire(frame);
        }

        return false;
    }

    private static bool TryTake(Fifo<OutgoingFrame> queue, ref OutgoingFrame frame)
    {
        if (queue.Count == 0) return false;
        frame = queue.Peek();
        queue.RemoveFirst();
        return true;
    }

    /// <summary>Keeps only the frames that don't refer to the owner's memory.</summary>
    private void Forget(Fifo<OutgoingFrame> queue, object owner)
    {
        for (int left = queue.Count; left > 0; left--)
        {
            OutgoingFrame frame = queue.Peek();
            queue.RemoveFirst();
            if (ReferenceEquals(frame.Owner, owner)) _network.Client.Retire(frame);
            else queue.Append() = frame;
        }
    }

    private void Drop(Fifo<OutgoingFrame> queue)
    {
        for (; queue.Count > 0; queue.RemoveFirst()) _network.Client.Retire(queue.Peek());
    }
}
