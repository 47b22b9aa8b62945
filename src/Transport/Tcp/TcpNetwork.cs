using System.Net;
using Collectives.Transport.Handshake;
using Collectives.Transport.Interop;
using Collectives.Transport.Progress;

namespace Collectives.Transport.Tcp;

/// <summary>
/// A member's links over TCP: listens, dials, shakes hands, and hands finished connections to their links.
/// Unknown callers cost one bounded pending connection each, and there is a bound on how many there are.
/// </summary>
public sealed partial class TcpNetwork : INetwork, ILoopTicker, IAdmission
{
    internal const int RedialMs = 50;

    /// <summary>For a link that has been down for long.</summary>
    internal const int PatientRedialMs = 500;
    private const int MaxPendingAccepted = 128;

    /// <summary>The lanes get their turn after this many callers.</summary>
    private const int AcceptsInARow = 64;

    /// <summary>How long callers wait when one could not be accepted.</summary>
    private const int AcceptAgainMs = 100;

    private readonly MemberId _self;
    private readonly uint _group;
    private readonly byte[] _token;
    private readonly Dictionary<MemberId, TcpLink> _links = [];
    private readonly List<TcpLink> _order = [];
    private readonly List<TcpLink> _dirty = [];
    private readonly List<TcpLink> _flushing = [];
    private readonly List<PendingConnection> _pending = [];
    private readonly List<Listener> _listeners = [];
    private readonly RelayStation _relays;
    private long _acceptAgainAtMs = long.MaxValue;

    private TcpNetwork(ProgressLoop loop, ILinkClient client, MemberId self, uint group, byte[] token, LaneSettings settings)
    {
        Loop = loop;
        Client = client;
        Settings = settings;
        _self = self;
        _group = group;
        _token = token;
        _relays = new RelayStation(loop.Poller);
    }

    public TrafficCounters Counters { get; } = new();

    public int Port { get; private set; }

    internal ProgressLoop Loop { get; }
    internal ILinkClient Client { get; }
    internal LaneSettings Settings { get; }

    /// <summary>Listens at the address (port 0: a free one), or at the first free port from there to the last one. Before the loop has work.</summary>
    public static Fault Create(ProgressLoop loop, ILinkClient client, MemberId self, uint group, byte[] token, IPEndPoint listen,
        LaneSettings settings, out TcpNetwork? network, int lastPort = 0)
    {
        network = null;
        Fault fault = Listen(listen, Math.Max(lastPort, listen.Port), settings, out int fd);
        if (!fault.IsNone) return fault;
        network = new TcpNetwork(loop, client, self, group, token, settings) { Port = TcpSocket.LocalEndPoint(fd).Port };
        network._listeners.Add(new Listener(network, fd));
        loop.Add(network);
        loop.AddFlush(network.Flush);
        return Fault.None;
    }

    public ILink Open(MemberId peer, string host, int port)
    {
        if (_links.TryGetValue(peer, out TcpLink? known)) return known;
        TcpLink link = new(this, peer, host, port, isFirst: _self.CompareTo(peer) < 0);
        _links.Add(peer, link);
        _order.Add(link);
        link.Tick(Environment.TickCount64);
        return link;
    }

    public void Close(ILink link) => Remove((TcpLink)link);

    public void Tick(long nowMs)
    {
        for (int i = _order.Count - 1; i >= 0; i--)
        {
            // A client that hears of a lost link may close others.
            if (i < _order.Count) _order[i].Tick(nowMs);
        }

        for (int i = _pending.Count - 1; i >= 0; i--)
        {
            if (i < _pending.Count && nowMs > _pending[i].DeadlineMs) _pending[i].Expire();
        }

        if (nowMs >= _acceptAgainAtMs) Accept(true);
    }

    /// <summary>A dialer has proved that it knows the token: is it a member that we have a link with?</summary>
    public RefusalCode Admit(in Hello hello)
    {
        if (hello.Group != _group) return RefusalCode.Group;
        if (hello.Purpose == HandshakePurpose.Relay) return _relays.Admit(hello);
        // It may have heard of the new roster before us.
        if (!_links.TryGetValue(hello.Member, out TcpLink? link)) return RefusalCode.TryAgain;
        if (hello.Lanes > link.MostLanes) return RefusalCode.Malformed;
        if (!link.TakesDials) return RefusalCode.TryAgain;
        link.Expect(hello.Lanes);
        return RefusalCode.None;
    }

    /// <summary>Closes everything; by the loop's owner. A second call does nothing.</summary>
    public void Dispose()
    {
        foreach (TcpLink link in _order) link.Close();
        foreach (PendingConnection pending in _pending) pending.Close();
        foreach (Listener listener in _listeners) listener.Close();
        _relays.Close();
        _links.Clear();
        _order.Clear();
        _pending.Clear();
        _listeners.Clear();
        _dirty.Clear();
    }

    internal void MarkDirty(TcpLink link) => _dirty.Add(link);

    /// <summary>Sends what has become ready. Not entered again from a client that flushes while being flushed.</summary>
    internal void Flush()
    {
        if (_flushing.Count > 0) return;
        while (_dirty.Count > 0)
        {
            _flushing.AddRange(_dirty);
            _dirty.Clear();
            foreach (TcpLink link in _flushing) link.Flush();
            _flushing.Clear();
        }
    }

    /// <summary>Closes the link and gives up dialling for it; a link that is no longer here is left as it is.</summary>
    internal void Remove(TcpLink link)
    {
        if (!_order.Remove(link)) return;
        _links.Remove(link.Peer);
        _dirty.Remove(link);
        link.Close();
        DropDials(link, isRelayed: false);
        DropDials(link, isRelayed: true);
    }

    /// <summary>Gives up what is being dialled for the link, either directly or through a relay.</summary>
    internal void DropDials(TcpLink link, bool isRelayed)
    {
        for (int i = _pending.Count - 1; i >= 0; i--)
        {
            if (_pending[i].Link != link || isRelayed != (_pending[i].Path != ConnectionPath.Direct)) continue;
            _pending[i].Close();
            _pending.RemoveAt(i);
        }
    }

    /// <summary>Whether the other end may have taken a connection that this one has dialled, and does not know of yet.</summary>
    internal bool IsProving(TcpLink link) => _pending.Exists(pending => pending.Link == link && pending.IsProving);

    internal void Dial(TcpLink link, int lane)
    {
        if (!TryResolve(link.Host, link.Port, out IPEndPoint? target, out Fault fault)
            || !(fault = TcpSocket.StartConnect(target!, Settings, out int fd)).IsNone)
        {
            link.DialFailed(lane, fault, Environment.TickCount64);
            return;
        }

        if (!IPAddress.TryParse(link.Host, out _)) link.Dialled = $"{link.Address} ({target!.Address})";
        Hello hello = Hello.ToPeer(_group, 0, _self, link.Peer, lane, link.Wanted);
        _pending.Add(new PendingConnection(this, fd, new DialerHandshake(_token, hello), link, lane));
    }

    internal void Established(PendingConnection connection, int fd, Hello? accepted)
    {
        _pending.Remove(connection);
        TcpLink? link = connection.Link;
        int lane = connection.Lane;
        bool isNear = TcpSocket.Settle(fd, Settings);
        if (connection.Path == ConnectionPath.ToRelay)
        {
            GoThrough(connection, fd);
            return;
        }

        if (accepted is { } hello)
        {
            if (hello.Purpose == HandshakePurpose.Relay)
            {
                _relays.Take(hello, fd);
                return;
            }

            lane = hello.Lane;
            // Admitted a moment ago; the roster may have changed since.
            if (!_links.TryGetValue(hello.Member, out link))
            {
                Libc.Close(fd);
                return;
            }
        }

        // How far the peer is behind a relay does not show.
        bool isRelayed = connection.Path == ConnectionPath.ThroughRelay;
        link!.Adopt(lane, fd, far: isRelayed || !isNear, dialled: accepted is null, isRelayed);
    }

    internal void Failed(PendingConnection connection, Fault fault)
    {
        _pending.Remove(connection);
        if (connection.Link is not { } link) Counters.ConnectionsRefused++;
        else if (connection.Path == ConnectionPath.Direct) link.DialFailed(connection.Lane, fault, Environment.TickCount64);
        else link.RelayFailed(connection.Lane, fault, Environment.TickCount64);
    }

    private static Fault Listen(IPEndPoint listen, int lastPort, LaneSettings settings, out int fd)
    {
        Fault fault = default;
        fd = -1;
        for (int port = listen.Port; port <= lastPort; port++)
        {
            fault = TcpSocket.Listen(new IPEndPoint(listen.Address, port), settings, out fd);
            if (fault.IsNone) return fault;
        }

        return lastPort == listen.Port ? fault
            : new Fault(fault.Status, $"no port of {listen.Port}-{lastPort} can be listened at; the last one: {fault.Message}; name more ports, or let whoever has them end");
    }

    /// <summary>Addresses in rosters are numeric as a rule; a name costs one look-up when it is dialled.</summary>
    private static bool TryResolve(string host, int port, out IPEndPoint? target, out Fault fault)
    {
        fault = Fault.None;
        target = null;
        try
        {
            IPAddress address = IPAddress.TryParse(host, out IPAddress? numeric) ? numeric : Dns.GetHostAddresses(host)[0];
            target = new IPEndPoint(address, port);
            return true;
        }
        catch (Exception failure) when (failure is System.Net.Sockets.SocketException or ArgumentException or IndexOutOfRangeException)
        {
            fault = new Fault(Status.PeerLost, $"the address {host} of a member cannot be resolved: {failure.Message}");
            return false;
        }
    }

    private void AcceptSome(int listener)
    {
        for (int i = 0; i < AcceptsInARow; i++)
        {
            int fd = TcpSocket.Accept(listener, Settings);
            if (fd < 0)
            {
                if (Libc.Errno is Libc.ErrAgain or Libc.ErrInterrupted or Libc.ErrConnectionAborted) return;
                // Out of descriptors, mostly. A listener that stays ready would turn the loop into a spin; a stranger
                // that has not proved itself may be what holds the descriptor.
                Accept(false);
                DropOldestAccepted(beyond: 0);
                return;
            }

            DropOldestAccepted(beyond: MaxPendingAccepted - 1);
            _pending.Add(new PendingConnection(this, fd, new AcceptorHandshake(_token, HandshakePurpose.Lane, _self, this) { AlsoTaken = HandshakePurpose.Relay }));
        }
    }

    private void Accept(bool accept)
    {
        _acceptAgainAtMs = accept ? long.MaxValue : Environment.TickCount64 + AcceptAgainMs;
        foreach (Listener listener in _listeners) listener.Accept(accept);
    }

    /// <summary>If there are more than that many callers that have not proved themselves yet.</summary>
    private void DropOldestAccepted(int beyond)
    {
        int accepted = 0;
        int oldest = -1;
        for (int i = 0; i < _pending.Count; i++)
        {
            if (_pending[i].Link is not null) continue;
            if (accepted++ == 0) oldest = i;
        }

        if (accepted <= beyond) return;
        _pending[oldest].Close();
        _pending.RemoveAt(oldest);
        Counters.ConnectionsRefused++;
    }

    private sealed class Listener : IPollable
    {
        private readonly TcpNetwork _network;
        private readonly int _fd;
        private readonly int _slot;

        public Listener(TcpNetwork network, int fd)
        {
            _network = network;
            _fd = fd;
            _slot = network.Loop.Poller.Add(fd, this, write: false);
        }

        public void OnReady(bool readable, bool writable) => _network.AcceptSome(_fd);

        public void Accept(bool accept) => _network.Loop.Poller.Watch(_slot, read: accept, write: false);

        public void Close()
        {
            _network.Loop.Poller.Remove(_slot);
            Libc.Close(_fd);
        }
    }
}
