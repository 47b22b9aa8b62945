using Collectives.Transport.Wire;

namespace Collectives.Transport;

/// <summary>
/// The connection to one other member, over however many lanes. Frames are neither ordered nor unique: any
/// lane may carry any frame, and a frame whose lane broke is sent again. They do arrive, or the link is lost.
/// All members are called by the owner of the progress loop only.
/// </summary>
public interface ILink
{
    MemberId Peer { get; }

    /// <summary>Host and port that the peer is reached at, for messages.</summary>
    string Address { get; }

    /// <summary>Was made, and has not been given up; it may be without a lane at the moment.</summary>
    bool IsUp { get; }

    /// <summary>Has an open lane.</summary>
    bool IsConnected { get; }

    /// <summary>Frames are waiting to leave, or have not reached the peer's machine.</summary>
    bool HasUnsent { get; }

    /// <summary>What it has carried and over what. Costs a system call per lane.</summary>
    LinkState State { get; }

    /// <summary>The client's own mark on the link: the peer's rank, say.</summary>
    int Tag { get; set; }

    /// <summary>Queues a frame ahead of those that the link fetches from its client. Frames with a payload have an owner.</summary>
    void Post(in OutgoingFrame frame);

    /// <summary>The client has frames: the link will fetch them with <see cref="ILinkClient.TryTake"/>.</summary>
    void Wake();

    /// <summary>Gets ready for a probe, which may come soon.</summary>
    void Prepare()
    {
    }

    /// <summary>
    /// Finds out how much the link can send, by sending what means nothing for as long as it takes, and at most for so long; frames that
    /// mean something go first. Then tells how many bytes a second have got through; 0: none, or it is not to be found out. A
    /// probe that is under way goes on, and the second one is told nothing.
    /// </summary>
    void Probe(int limitMs, Action<double> measured) => measured(0);

    /// <summary>
    /// Stops touching the owner's memory: what is being received into it is thrown away, what is being sent from
    /// it is finished from a copy.
    /// </summary>
    void Abandon(object owner);
}
