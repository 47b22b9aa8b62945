using Collectives.Transport.Memory;
using Collectives.Transport.Progress;
using Collectives.Transport.Wire;

namespace Collectives.Transport.InProcess;

/// <summary>
/// A link to a member of the same process: frames are handed to the other's loop, which copies payloads to where
/// its client wants them. A window bounds what is on its way, so that the client is asked for frames as a slow
/// connection would ask it.
/// </summary>
internal sealed class InProcessLink(InProcessNetwork network, MemberId peer, long openedMs) : ILink
{
    private const int Window = 8;

    private readonly Fifo<OutgoingFrame> _posted = new();
    private readonly List<Parcel> _underway = [];
    private InProcessNetwork? _other;
    private bool _dirty;
    private bool _closed;

    public MemberId Peer => peer;
    public string Address => "in process";
    public long OpenedMs => openedMs;
    public bool IsUp => _other is not null && !_closed;
    public bool IsConnected => IsUp;
    public bool HasUnsent => _posted.Count > 0 || _underway.Count > 0;
    public int Tag { get; set; }

    public long TxBytes { get; private set; }

    public long RxBytes { get; set; }

    public LinkState State => new(IsUp ? 1 : 0, TxBytes, RxBytes, RoundTripUs: 0, CongestionControl: "");

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

        for (int left = _posted.Count; left > 0; left--)
        {
            OutgoingFrame frame = _posted.Peek();
            _posted.RemoveFirst();
            if (ReferenceEquals(frame.Owner, owner)) network.Client.Retire(frame);
            else _posted.Append() = frame;
        }
    }

    /// <summary>The other end has its half of the link too.</summary>
    public void Connect(InProcessNetwork other)
    {
        if (IsUp || _closed) return;
        _other = other;
        network.Counters.OpenLanes++;
        network.Client.LinkUp(this);
        Wake();
    }

    public void Flush()
    {
        _dirty = false;
        OutgoingFrame frame = default;
        while (IsUp && _underway.Count < Window && TryTake(ref frame))
        {
            frame.Header.Seal();
            Parcel parcel = new() { Frame = frame };
            _underway.Add(parcel);
            network.Counters.TxBytes += frame.ByteCount;
            TxBytes += frame.ByteCount;
            _other!.Deliver(new Delivery(_other, network, parcel));
        }
    }

    /// <summary>The other end has dealt with the parcel.</summary>
    public void Returned(Parcel parcel)
    {
        if (!_underway.Remove(parcel)) return;
        network.Client.Retire(parcel.Frame);
        Wake();
    }

    public void Close()
    {
        if (_closed) return;
        if (IsUp) network.Counters.OpenLanes--;
        _closed = true;
        foreach (Parcel parcel in _underway)
        {
            parcel.Withdraw();
            network.Client.Retire(parcel.Frame);
        }

        _underway.Clear();
        for (; _posted.Count > 0; _posted.RemoveFirst()) network.Client.Retire(_posted.Peek());
    }

    private bool TryTake(ref OutgoingFrame frame)
    {
        if (_posted.Count == 0) return network.Client.TryTake(this, ref frame);
        frame = _posted.Peek();
        _posted.RemoveFirst();
        return true;
    }

    /// <summary>Runs on the receiver's loop.</summary>
    private sealed class Delivery(InProcessNetwork receiver, InProcessNetwork sender, Parcel parcel) : ILoopMessage
    {
        public void Run()
        {
            receiver.Receive(sender.Self, parcel);
            sender.Deliver(new Receipt(sender, receiver, parcel));
        }
    }

    /// <summary>Runs on the sender's loop.</summary>
    private sealed class Receipt(InProcessNetwork sender, InProcessNetwork receiver, Parcel parcel) : ILoopMessage
    {
        public void Run() => sender.LinkTo(receiver.Self)?.Returned(parcel);
    }
}
