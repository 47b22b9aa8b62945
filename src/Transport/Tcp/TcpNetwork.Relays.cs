using System.Net;
using Collectives.Transport.Handshake;

namespace Collectives.Transport.Tcp;

/// <summary>
/// Links between members that don't reach each other, through one that both reach. Both dial that one; once it has taken their
/// connections and joined them, the two shake hands over what is then one connection, as over a direct one.
/// </summary>
public sealed partial class TcpNetwork
{
    public void Relay(ILink link, MemberId through, string host, int port) => ((TcpLink)link).GoThrough(new RelayAddress(through, host, port));

    public void AllowRelay(MemberId one, MemberId other) => _relays.Allow(one, other);

    public void RetainRelays(Func<MemberId, bool> isMember) => _relays.Retain(isMember);

    internal void DialRelay(TcpLink link, int lane, in RelayAddress relay)
    {
        if (!TryResolve(relay.Host, relay.Port, out IPEndPoint? target, out Fault fault)
            || !(fault = TcpSocket.StartConnect(target!, Settings, out int fd)).IsNone)
        {
            link.RelayFailed(lane, fault, Environment.TickCount64);
            return;
        }

        Hello hello = Hello.ToRelay(_group, _self, relay.Member, link.Peer);
        _pending.Add(new PendingConnection(this, fd, new DialerHandshake(_token, hello), link, lane, ConnectionPath.ToRelay));
    }

    /// <summary>The relay has taken the connection. The first end begins; the other waits for that, however long it takes.</summary>
    private void GoThrough(PendingConnection taken, int fd)
    {
        TcpLink link = taken.Link!;
        if (!link.IsFirst)
        {
            _pending.Add(new PendingConnection(this, fd, new AcceptorHandshake(_token, HandshakePurpose.Lane, _self, this), link));
            return;
        }

        Hello hello = Hello.ToPeer(_group, 0, _self, link.Peer, taken.Lane, link.Wanted);
        _pending.Add(new PendingConnection(this, fd, new DialerHandshake(_token, hello), link, taken.Lane, ConnectionPath.ThroughRelay));
    }
}
