using Collectives.Transport.Wire;

namespace Collectives.Transport;

/// <summary>What links ask and tell the operations above them. Called by the owner of the progress loop only.</summary>
public interface ILinkClient
{
    /// <summary>A lane of the link can write: the next frame for that peer, if there is one.</summary>
    bool TryTake(ILink link, ref OutgoingFrame frame);

    /// <summary>A sound header has arrived: where does its payload go? For hostile content, <see cref="Placement.Refuse"/>.</summary>
    Placement Place(ILink link, in FrameHeader header);

    /// <summary>The payload (if any) lies where <see cref="Place"/> wanted it.</summary>
    void Arrive(ILink link, in FrameHeader header, in Placement placement);

    /// <summary>A placement whose payload will not arrive on this lane; its lease comes back.</summary>
    void Forsake(in Placement placement);

    /// <summary>The frame was lost with its lane: is it still worth sending?</summary>
    bool IsWanted(in OutgoingFrame frame);

    /// <summary>The peer has the frame, or nobody wants it any more; its lease comes back.</summary>
    void Retire(in OutgoingFrame frame);

    /// <summary>A connection has become one of the link's lanes. For those who keep a record.</summary>
    void LaneOpened(ILink link, int lane)
    {
    }

    /// <summary>A lane is gone; it is made again while the link lives. For those who keep a record.</summary>
    void LaneBroken(ILink link, int lane, Fault fault)
    {
    }

    /// <summary>All lanes of the link are open; or one is again, after <see cref="LinkLost"/>.</summary>
    void LinkUp(ILink link);

    /// <summary>The last open lane has broken; lanes are being made again.</summary>
    void LinkDown(ILink link);

    /// <summary>
    /// The link could not be made, or not be made again in time. TCP goes on trying until the client closes it; what waits to
    /// be sent is still there if it comes back.
    /// </summary>
    void LinkLost(ILink link, Fault fault);
}
