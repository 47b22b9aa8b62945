using Collectives.Communication.Operations;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Communication;

/// <summary>What the coordinator is told of links that go down and come back.</summary>
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
        if (_engine.Epoch is { } epoch) _session?.Links(new Links([.. epoch.Peers.OfType<Peer>().Select(peer => (peer.Id, peer.Link.IsConnected))]));
    }
}
