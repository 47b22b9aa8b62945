using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>What stands in a peer's queue: its next frame is asked for when a lane to that peer can write.</summary>
internal interface IFrameSource
{
    /// <summary>What it has still to send to that member, roughly.</summary>
    long BytesLeftFor(Peer peer);

    /// <summary>Those with more go first.</summary>
    int Priority { get; }

    /// <summary>Its place among the calls of this member.</summary>
    ulong Order { get; }

    bool TryTake(Peer peer, ref OutgoingFrame frame);
}
