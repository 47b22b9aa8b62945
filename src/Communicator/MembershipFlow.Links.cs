using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Communication;

/// <summary>What the coordinator is told of links that go down and come back, and what becomes of those that no end can make.</summary>
internal sealed partial class MembershipFlow
{
    public void LinkUp(Peer peer)
    {
        // What was complained of is over.
        if (_lostLinks.Remove(peer)) TellLinks();
        CheckReady();
    }

    public void LinkDown(Peer peer)
    {
        if (_loop.NowMs < _tellLinksUntilMs) TellLinks();
    }

    public void LinkLost(Peer peer, Fault fault)
    {
        _lostLinks[peer] = fault;
        Complain(peer, fault);
    }

    /// <summary>A link that neither end could make goes through a member that both reach.</summary>
    private void Connect(Relay relay)
    {
        if (!_closed.IsNone) return;
        foreach (Epoch epoch in _epochs)
        {
            Roster roster = epoch.Roster;
            int one = roster.RankOf(relay.One), other = roster.RankOf(relay.Other), through = roster.RankOf(relay.Through);
            if (one < 0 || other < 0 || through < 0) continue;
            if (through == epoch.Rank) _network.AllowRelay(relay.One, relay.Other);
            else if (epoch.Peers[one == epoch.Rank ? other : one] is { } peer) _network.Relay(peer.Link, relay.Through, roster[through].Host, roster[through].Port);
            return;
        }
    }

    private void Complain(Peer peer, Fault fault)
    {
        foreach (Epoch epoch in _epochs)
        {
            if (epoch.RankOf(peer) >= 0) _session?.Unreachable(epoch.Number, peer.Id, fault.Message);
        }
    }

    /// <summary>
    /// A coordinator that is new to the epoch waits for those that somebody is connected to, and for others not so long. Complaints of
    /// links that are up are withdrawn.
    /// </summary>
    private void TellLinks()
    {
        Peer[] peers = [.. new[] { _engine.Epoch, _forming }.OfType<Epoch>().SelectMany(epoch => epoch.Peers).OfType<Peer>().Distinct()];
        if (peers.Length > 0) _session?.Links(new Links([.. peers.Select(peer => (peer.Id, peer.Link.IsConnected))]));
    }
}
