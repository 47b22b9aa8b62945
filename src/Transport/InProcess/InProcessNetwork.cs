using System.Runtime.CompilerServices;
using Collectives.Transport.Progress;
using Collectives.Transport.Wire;

namespace Collectives.Transport.InProcess;

/// <summary>
/// Links between members of one process, for tests, simulations and threads that take part as members. It makes the same
/// promises as the TCP network: connections that break are made again, and a link that has been down for too long is said
/// to be lost and tried on.
/// </summary>
public sealed unsafe class InProcessNetwork : INetwork, ILoopTicker
{
    private readonly InProcessFabric _fabric;
    private readonly Dictionary<MemberId, InProcessLink> _links = [];
    private readonly List<InProcessLink> _order = [];
    private readonly List<InProcessLink> _dirty = [];
    private readonly List<InProcessLink> _flushing = [];
    private readonly Lock _gate = new();
    private bool _disposed;

    public InProcessNetwork(
        ILoop loop, ILinkClient client, MemberId self, InProcessFabric fabric, long connectMs = 30_000, long reconnectMs = 3000)
    {
        Loop = loop;
        _fabric = fabric;
        ConnectMs = connectMs;
        ReconnectMs = reconnectMs;
        Client = client;
        Self = self;
        loop.Add(this);
        loop.AddFlush(Flush);
        fabric.Register(self, this);
    }

    public TrafficCounters Counters { get; } = new();

    /// <summary>Nothing listens.</summary>
    public int Port => 1;

    internal ILoop Loop { get; }

    internal long ConnectMs { get; }

    internal long ReconnectMs { get; }

    internal MemberId Self { get; }

    internal ILinkClient Client { get; }

    public ILink Open(MemberId peer, string host, int port)
    {
        if (_links.TryGetValue(peer, out InProcessLink? known)) return known;
        InProcessLink link = new(this, peer);
        _links.Add(peer, link);
        _order.Add(link);
        link.Tick(Loop.NowMs);
        // The end that dials may have been told so before this one was ready.
        Carry(peer, other => new Nudge(other, Self));
        return link;
    }

    /// <summary>Members of one process reach each other, or are gone: there is nothing that another one could get through.</summary>
    public void Relay(ILink link, MemberId through, string host, int port)
    {
    }

    public void AllowRelay(MemberId one, MemberId other)
    {
    }

    public void RetainRelays(Func<MemberId, bool> isMember)
    {
    }

    public void Close(ILink link)
    {
        // A lost link may have been made anew; closing the old one then concerns nobody.
        if (!_links.TryGetValue(link.Peer, out InProcessLink? known) || known != link) return;
        _links.Remove(link.Peer);
        _order.Remove(known);
        _dirty.Remove(known);
        known.Close();
        Carry(link.Peer, other => new Nudge(other, Self));
    }

    /// <summary>For simulations: the connection to that member breaks, and both ends are told to look. By the loop's owner.</summary>
    public void Cut(MemberId peer)
    {
        if (LinkTo(peer) is not { } link) return;
        link.Cut();
        Deliver(new Nudge(this, peer));
        Carry(peer, other => new Nudge(other, Self));
    }

    public void Tick(long nowMs)
    {
        for (int i = _order.Count - 1; i >= 0; i--)
        {
            // A client that hears of a lost link may close others.
            if (i < _order.Count) _order[i].Tick(nowMs);
        }
    }

    public void Dispose()
    {
        lock (_gate) _disposed = true;
        _fabric.Unregister(Self);
        foreach (InProcessLink link in _order)
        {
            link.Close();
            Carry(link.Peer, other => new Nudge(other, Self));
        }

        _links.Clear();
        _order.Clear();
        _dirty.Clear();
    }

    /// <summary>Hands a message to this network's loop; any thread.</summary>
    public void Deliver(ILoopMessage message)
    {
        lock (_gate)
        {
            // Whoever disposes of this network stops its loop next.
            if (!_disposed) Loop.PostLater(message);
        }
    }

    /// <summary>False if there is no such member.</summary>
    internal bool Carry(MemberId to, Func<InProcessNetwork, ILoopMessage> messageFor)
    {
        if (_fabric.Find(to) is not { } other) return false;
        CarryTo(other, messageFor(other));
        return true;
    }

    internal void CarryTo(InProcessNetwork other, ILoopMessage message) => _fabric.Carry(Self, other, message);

    internal void MarkDirty(InProcessLink link) => _dirty.Add(link);

    internal InProcessLink? LinkTo(MemberId peer) => _links.GetValueOrDefault(peer);

    internal void Receive(InProcessLink link, Parcel parcel)
    {
        ref OutgoingFrame frame = ref parcel.Frame;
        Placement placement = Client.Place(link, frame.Header);

        // Claimed for the copy alone: a client that abandons memory while it places would otherwise wait for a sender
        // that waits for it in the same way.
        if (!parcel.TryClaim())
        {
            Client.Forsake(placement);
            return;
        }

        Counters.RxBytes += frame.ByteCount;
        link.RxBytes += frame.ByteCount;
        bool sound = placement.Violation.IsNone;
        if (sound && placement.Destination != null)
            Unsafe.CopyBlockUnaligned(placement.Destination, frame.Payload, frame.Header.Length);
        parcel.MarkTaken();
        if (sound)
        {
            Client.Arrive(link, frame.Header, placement);
            return;
        }

        link.Disconnect(placement.Violation);
        Carry(link.Peer, other => new Nudge(other, Self));
    }

    private void Flush()
    {
        if (_flushing.Count > 0) return;
        while (_dirty.Count > 0)
        {
            _flushing.AddRange(_dirty);
            _dirty.Clear();
            foreach (InProcessLink link in _flushing) link.Flush();
            _flushing.Clear();
        }
    }

    /// <summary>The other end has opened or closed its link, or has broken the connection: no need to wait for the next look.</summary>
    private sealed class Nudge(InProcessNetwork self, MemberId from) : ILoopMessage
    {
        public void Run()
        {
            if (self.LinkTo(from) is { } link) link.Tick(self.Loop.NowMs);
        }

        public override string ToString() => "nudges";
    }
}
