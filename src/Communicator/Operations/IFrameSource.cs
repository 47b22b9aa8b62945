using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>What stands in a peer's queue: its next frame is asked for when a lane to that peer can write.</summary>
internal interface IFrameSource
{
    bool TryTake(Peer peer, ref OutgoingFrame frame);
}
