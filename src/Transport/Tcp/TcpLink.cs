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

    /// <summary>
    /// Second copies of frames are at most that part of what is sent, and a little to begin with: on a line that is full they would delay what
    /// comes after them.
    /// </summary>
    private const double RepeatShare = 0.04;
    private const int StuckMs = 500;
    private const int LeastRepeatBytes = 1 << 20, MostRepeatBytes = 4 << 20;

    private readonly TcpNetwork _network;
    private readonly LaneTuner? _tuner;
    private readonly RateMeter _meter = new();
    private LinkProbe? _probe;
    private long _deliveredBytes;
    private double _mayRepeatBytes = LeastRepeatBytes;
    private long _repeatTxBytes;
    private readonly TcpLane?[] _lanes;
    private readonly bool[] _dialling;
    private readonly long[] _nextDialMs;
    private readonly Fifo<OutgoingFrame> _posted = new();
    private readonly Fifo<OutgoingFrame> _returned = new();
    private readonly Stack<Twin> _twins = new();
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
        Address = Dialled = host.Contains(':') ? $"[{host}]:{port}" : $"{host}:{port}";
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

    public void Prepare()
    {
        // Where the caller has said how many lanes there are to be, the probe has no more.
        if (Dials) _wanted = Math.Max(_wanted, ProbeLanes);
    }

    private int ProbeLanes => _tuner is null ? _begunWith : Math.Min(LinkProbe.Lanes, _lanes.Length);

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

    /// <summary>A caller has told how many lanes the link is to have.</summary>
    public void Expect(int lanes)
    {
        if (!_wasUp) _begunWith = Math.Min(lanes, _lanes.Length);
    }

    /// <summary>A copy of a frame has left whole.</summary>
    public void Written(Twin twin, in OutgoingFrame frame)
    {
        twin.Unwritten--;
        Settle(twin, frame);
    }

    /// <summary>The peer has one copy of a frame.</summary>
    public void Acknowledged(Twin twin, in OutgoingFrame frame)
    {
        twin.Copies--;
        twin.IsAcknowledged = true;
        Settle(twin, frame);
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

    /// <summary>
    /// The link has nothing else for this lane: a frame that another one has had under way for twice as long as this one usually needs for
    /// one. So the end of an operation does not wait for the slowest lane, or for one that TCP holds back after a loss.
    /// </summary>
    private bool TryTakeOver(TcpLane lane, ref OutgoingFrame frame)
    {
        if (!lane.IsFar || lane.FrameMs == 0 || _used < 2) return false;
        _mayRepeatBytes = Math.Min(MostRepeatBytes, _mayRepeatBytes + (RepeatShare * (TxBytes - _repeatTxBytes)));
        _repeatTxBytes = TxBytes;
        // What is stuck, and not only late, is repeated in any case.
        double late = _mayRepeatBytes >= 0 ? (2 * lane.FrameMs) + AcknowledgeMs : Math.Max(10 * lane.FrameMs, StuckMs);
        long takenBeforeMs = Environment.TickCount64 - (long)late;
        Twin twin = _twins.TryPop(out Twin? used) ? used : new Twin();
        for (int i = 0; i < _everOpen; i++)
        {
            if (_lanes[i] is { } other && !ReferenceEquals(other, lane) && other.TryShare(takenBeforeMs, twin, ref frame))
            {
                _mayRepeatBytes -= frame.ByteCount;
                return true;
            }
        }

        _twins.Push(twin);
        return false;
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

    private void Settle(Twin twin, in OutgoingFrame frame)
    {
        if (twin.CanSettle)
        {
            twin.IsSettled = true;
            _network.Client.Retire(frame);
        }

        if (twin.Copies > 0) return;
        twin.Reset();
        _twins.Push(twin);
    }

    private int OpenLanes(int among)
    {
        int open = 0;
        for (int i = 0; i < Math.Min(among, _lanes.Length); i++) open += _lanes[i] is null ? 0 : 1;
        return open;
    }

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
