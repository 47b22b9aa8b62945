using Collectives.Transport;

namespace Collectives.Communication.Operations;

/// <summary>Hears of links, on the loop.</summary>
internal interface ILinkListener
{
    void LinkUp(Peer peer);

    /// <summary>No lane is open at the moment.</summary>
    void LinkDown(Peer peer);

    void LinkLost(Peer peer, Fault fault);
}
