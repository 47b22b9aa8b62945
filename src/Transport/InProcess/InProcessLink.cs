using Collectives.Transport.Memory;
using Collectives.Transport.Progress;
using Collectives.Transport.Wire;

namespace Collectives.Transport.InProcess;

/// <summary>
/// A link to a member of the same process: frames are handed to the other's loop, which copies payloads to where
/// its client wants them. A window bounds what is on its way, so that the client is asked for frames as a slow
/// connection would ask it. The end with the smaller member id makes the connection, and makes it again when it has broken;
/// frames that the other end has not confirmed by then are sent once more.
/// </summary>
internal sealed class InProcessLink(InProcessNetwork network, MemberId peer) : ILink
{
    private const int Window = 8;

    /// <summary>An offer that nobody answers is made again after so long.</summary>
    private const long OfferMs = 1000;

    private readonly Fifo<OutgoingFrame> _posted = new();
    private readonly Fifo<OutgoingFrame> _returned = new();
    private readonly List<Parcel> _underway = [];
    private InProcessNetwork? _other;
    private InProcessConnection? _connection;
    private InProcessConnection? _offered;
    private long _offeredMs;
    private long _downSinceMs = network.Loop.NowMs;
    private Fault _lastFault = new(Status.PeerLost, "the member did not open its end");
    private bool _wasUp;
    private bool _saidLost;
    private bool _dirty;
    private bool _closed;

    public MemberId Peer => peer;
    public string Address => "in process";
    public bool IsUp => _wasUp && !_closed;
    public bool IsConnected => _connection is not null;
    public bool HasUnsent => _posted.Count > 0 || _returned.Count > 0 || _underway.Count > 0;
    public int Tag { get; set; }

    public long TxBytes { get; private set; }

    public long RxBytes { get; set; }

    public LinkState State => new(IsConnected ? 1 : 0, TxBytes, RxBytes, RoundTripUs: 0, Rate: 0, IsFar: false, CongestionControl: "");

    private bool Dials => network.Self.CompareTo(peer) < 0;

    public void Post(in OutgoingFrame frame)
    {
        _posted.Append() = frame;
        Wake();
    }

    public void Wake()
    {
        if (_dirty || _closed) return;
        _dirty = true;
        network.MarkDirty(this);
    }

    public void Abandon(object owner)
    {
        foreach (Parcel parcel in _underway)
        {
            if (ReferenceEquals(parcel.Frame.Owner, owner)) parcel.Withdraw();
        }

        Forget(_posted, owner);
        Forget(_returned, owner);
    }

    /// <summary>Notices that the connection is broken, makes it anew, and says so when it has been down for too long.</summary>
    public void Tick(long nowMs)
    {
        if (_connection is { IsBroken: true }) Disconnect(new Fault(Status.PeerLost, "the connection broke"));
        if (IsConnected) return;
        if (Dials) Offer(nowMs);
        if (_saidLost || nowMs - _downSinceMs <= (_wasUp ? network.ReconnectMs : network.ConnectMs)) return;
        _saidLost = true;
        network.Client.LinkLost(this, new Fault(Status.PeerLost,
            $"the link to member {peer} has been down for {nowMs - _downSinceMs} ms; last failure: {_lastFault.Message}"));
    }

    /// <summary>Offers the other end a connection, unless it has one to answer.</summary>
    public void Offer(long nowMs)
    {
        if (IsConnected || !Dials) return;
        if (_offered is { IsBroken: false } && nowMs - _offeredMs < OfferMs) return;
        _offered?.Break();
        (_offered, _offeredMs) = (new InProcessConnection(), nowMs);
        if (!network.Carry(peer, other => new Offered(other, network, _offered))) _offered = null;
    }

    /// <summary>The other end has no link, or is about to make it.</summary>
    public void OfferRefused(InProcessConnection connection)
    {
        if (ReferenceEquals(_offered, connection)) _offered = null;
    }

    /// <summary>Takes the connection over, in place of an older one.</summary>
    public void Adopt(InProcessConnection connection, InProcessNetwork other)
    {
        if (IsConnected) Disconnect(new Fault(Status.PeerLost, "the other end made a new connection"));
        (_connection, _other, _offered) = (connection, other, null);
        network.Counters.OpenLanes++;
        if (_wasUp) network.Counters.LanesReopened++;
        network.Client.LaneOpened(this, 0);
        Wake();
        if (_wasUp && !_saidLost) return;
        (_wasUp, _saidLost) = (true, false);
        network.Client.LinkUp(this);
    }

    /// <summary>Whether what came over that connection is to be taken. The first frame may be here before the answer to the offer.</summary>
    public bool Takes(InProcessConnection connection, InProcessNetwork other)
    {
        if (connection.IsBroken) return false;
        if (ReferenceEquals(connection, _offered)) Adopt(connection, other);
        return ReferenceEquals(connection, _connection);
    }

    public void Flush()
    {
        _dirty = false;
        OutgoingFrame frame = default;
        while (_connection is { IsBroken: false } connection && _underway.Count < Window && TryTake(ref frame))
        {
            frame.Header.Seal();
            Parcel parcel = new() { Frame = frame };
            _underway.Add(parcel);
            network.Counters.TxBytes += frame.ByteCount;
            TxBytes += frame.ByteCount;
            network.CarryTo(_other!, new Brought(_other!, network, connection, parcel));
        }
    }

    /// <summary>The other end has dealt with the parcel.</summary>
    public void Confirmed(Parcel parcel)
    {
        if (!_underway.Remove(parcel)) return;
        network.Client.Retire(parcel.Frame);
        Wake();
    }

    /// <summary>The connection is gone. What is under way goes over the next one.</summary>
    public void Disconnect(Fault fault)
    {
        if (_connection is null) return;
        _lastFault = fault;
        _connection.Break();
        (_connection, _other) = (null, null);
        network.Counters.OpenLanes--;
        foreach (Parcel parcel in _underway)
        {
            parcel.Withdraw();
            if (IsWanted(parcel.Frame)) _returned.Append() = parcel.Frame;
            else network.Client.Retire(parcel.Frame);
        }

        _underway.Clear();
        _downSinceMs = network.Loop.NowMs;
        network.Client.LaneBroken(this, 0, fault);
        network.Client.LinkDown(this);
    }

    /// <summary>Breaks what there is, from outside: both ends notice when they next look.</summary>
    public void Cut()
    {
        _connection?.Break();
        _offered?.Break();
    }

    public void Close()
    {
        if (_closed) return;
        Cut();
        if (IsConnected) network.Counters.OpenLanes--;
        _closed = true;
        (_connection, _other, _offered) = (null, null, null);
        foreach (Parcel parcel in _underway)
        {
            parcel.Withdraw();
            network.Client.Retire(parcel.Frame);
        }

        _underway.Clear();
        for (; _posted.Count > 0; _posted.RemoveFirst()) network.Client.Retire(_posted.Peek());
        for (; _returned.Count > 0; _returned.RemoveFirst()) network.Client.Retire(_returned.Peek());
    }

    private bool TryTake(ref OutgoingFrame frame)
    {
        if (TryTake(_posted, ref frame)) return true;
        // What was returned may have arrived after all, and its operation have ended since.
        while (TryTake(_returned, ref frame))
        {
            if (IsWanted(frame)) return true;
            network.Client.Retire(frame);
        }

        return network.Client.TryTake(this, ref frame);
    }

    private bool IsWanted(in OutgoingFrame frame) => frame.Owner is null || network.Client.IsWanted(frame);

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
            if (ReferenceEquals(frame.Owner, owner)) network.Client.Retire(frame);
            else queue.Append() = frame;
        }
    }

    /// <summary>"Let us use this connection." Runs at the end that does not dial.</summary>
    private sealed class Offered(InProcessNetwork self, InProcessNetwork from, InProcessConnection connection) : ILoopMessage
    {
        public void Run()
        {
            if (connection.IsBroken) return;
            InProcessLink? link = self.LinkTo(from.Self);
            link?.Adopt(connection, from);
            self.CarryTo(from, new Answer(from, self, connection, link is not null));
        }

        public override string ToString() => "offers a connection";
    }

    private sealed class Answer(InProcessNetwork self, InProcessNetwork from, InProcessConnection connection, bool isYes) : ILoopMessage
    {
        public void Run()
        {
            if (self.LinkTo(from.Self) is not { } link) connection.Break();
            else if (isYes) link.Takes(connection, from);
            else link.OfferRefused(connection);
        }

        public override string ToString() => isYes ? "takes the connection" : "refuses the connection";
    }

    /// <summary>Runs on the receiver's loop.</summary>
    private sealed class Brought(InProcessNetwork receiver, InProcessNetwork sender, InProcessConnection connection, Parcel parcel) : ILoopMessage
    {
        public void Run()
        {
            if (receiver.LinkTo(sender.Self) is not { } link || !link.Takes(connection, sender)) return;
            receiver.Receive(link, parcel);
            receiver.CarryTo(sender, new Receipt(sender, receiver, connection, parcel));
        }

        /// <summary>As a simulation's trace shows it.</summary>
        public override string ToString()
        {
            ref readonly FrameHeader header = ref parcel.Frame.Header;
            string what = header.Kind == FrameKind.Segment ? $"{header.Phase} segment" : header.Kind.ToString();
            return $"{what} {header.Chunk} of operation {header.Operation}, epoch {header.Epoch}, since origin {header.SinceOrigin}, argument {header.Argument}";
        }
    }

    /// <summary>Runs on the sender's loop.</summary>
    private sealed class Receipt(InProcessNetwork sender, InProcessNetwork receiver, InProcessConnection connection, Parcel parcel) : ILoopMessage
    {
        public void Run()
        {
            if (!connection.IsBroken) sender.LinkTo(receiver.Self)?.Confirmed(parcel);
        }

        public override string ToString() => "";
    }
}
