using System.Runtime.CompilerServices;
using Collectives.Transport.Progress;
using Collectives.Transport.Wire;

namespace Collectives.Transport.InProcess;

/// <summary>
/// Links between members of one process, for tests and for threads that take part as members. It makes the same
/// promises as the TCP network, except that there is no lane to break: a link lives as long as both ends.
/// </summary>
public sealed unsafe class InProcessNetwork : INetwork, ILoopTicker
{
    private readonly ProgressLoop _loop;
    private readonly InProcessFabric _fabric;
    private readonly long _connectMs;
    private readonly Dictionary<MemberId, InProcessLink> _links = [];
    private readonly List<InProcessLink> _dirty = [];
    private readonly List<InProcessLink> _flushing = [];
    private readonly Lock _gate = new();
    private bool _disposed;

    public InProcessNetwork(ProgressLoop loop, ILinkClient client, MemberId self, InProcessFabric fabric, long connectMs = 30_000)
    {
        _loop = loop;
        _fabric = fabric;
        _connectMs = connectMs;
        Client = client;
        Self = self;
        loop.Add(this);
        loop.AddFlush(Flush);
        fabric.Register(self, this);
    }

    public TrafficCounters Counters { get; } = new();

    /// <summary>Nothing listens.</summary>
    public int Port => 1;

    internal MemberId Self { get; }

    internal ILinkClient Client { get; }

    public ILink Open(MemberId peer, string host, int port)
    {
        if (_links.TryGetValue(peer, out InProcessLink? known)) return known;
        InProcessLink link = new(this, peer, Environment.TickCount64);
        _links.Add(peer, link);
        Knock(link);
        return link;
    }

    public void Close(ILink link)
    {
        // A lost link may have been made anew; closing the old one then concerns nobody.
        if (!_links.TryGetValue(link.Peer, out InProcessLink? known) || known != link) return;
        _links.Remove(link.Peer);
        known.Close();
        _dirty.Remove(known);
        if (_fabric.Find(link.Peer) is { } other) other.Deliver(new Farewell(other, Self));
    }

    public void Tick(long nowMs)
    {
        foreach (InProcessLink link in _links.Values.ToArray())
        {
            if (link.IsUp) continue;
            if (nowMs - link.OpenedMs > _connectMs) Lose(link, $"member {link.Peer} did not open its end within {_connectMs} ms");
            else Knock(link);
        }
    }

    public void Dispose()
    {
        lock (_gate) _disposed = true;
        _fabric.Unregister(Self);
        foreach (InProcessLink link in _links.Values)
        {
            link.Close();
            if (_fabric.Find(link.Peer) is { } other) other.Deliver(new Farewell(other, Self));
        }

        _links.Clear();
    }

    internal void MarkDirty(InProcessLink link) => _dirty.Add(link);

    internal InProcessLink? LinkTo(MemberId peer) => _links.GetValueOrDefault(peer);

    /// <summary>Hands a message to this network's loop; any thread.</summary>
    internal void Deliver(ILoopMessage message)
    {
        lock (_gate)
        {
            // Whoever disposes of this network stops its loop next.
            if (!_disposed) _loop.PostLater(message);
        }
    }

    internal void Receive(MemberId from, Parcel parcel)
    {
        if (!_links.TryGetValue(from, out InProcessLink? link)) return;
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
        if (sound) Client.Arrive(link, frame.Header, placement);
        else Lose(link, placement.Violation.Message);
    }

    private void Knock(InProcessLink link)
    {
        if (_fabric.Find(link.Peer) is { } other) other.Deliver(new Greeting(other, this));
    }

    private void Lose(InProcessLink link, string why)
    {
        Close(link);
        Client.LinkLost(link, new Fault(Status.PeerLost, why));
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

    /// <summary>"I want a link": answered in kind once this end wants one too.</summary>
    private sealed class Greeting(InProcessNetwork self, InProcessNetwork from) : ILoopMessage
    {
        public void Run()
        {
            if (self.LinkTo(from.Self) is not { IsUp: false } link) return;
            link.Connect(from);
            from.Deliver(new Greeting(from, self));
        }
    }

    private sealed class Farewell(InProcessNetwork self, MemberId from) : ILoopMessage
    {
        public void Run()
        {
            if (self.LinkTo(from) is { IsUp: true } link) self.Lose(link, $"member {from} closed the link");
        }
    }
}
