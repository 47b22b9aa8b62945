namespace Collectives.Transport;

/// <summary>Makes links to members. Called by the owner of the progress loop only.</summary>
public interface INetwork : IDisposable
{
    /// <summary>The port that other members reach this one at.</summary>
    int Port { get; }

    /// <summary>
    /// Starts making the link, from whichever end dials; <see cref="ILinkClient.LinkUp"/> or
    /// <see cref="ILinkClient.LinkLost"/> follows. A member that already has a link gets that one.
    /// </summary>
    ILink Open(MemberId peer, string host, int port);

    /// <summary>
    /// Has a link that is down made through another member, since neither end has reached the other. Nothing where links need no
    /// addresses, and for one that has a lane.
    /// </summary>
    void Relay(ILink link, MemberId through, string host, int port);

    /// <summary>Lets two members connect to each other through this one.</summary>
    void AllowRelay(MemberId one, MemberId other);

    /// <summary>Relays for nobody any more who is no such member.</summary>
    void RetainRelays(Func<MemberId, bool> isMember);

    /// <summary>Closes the link at once; no further call of the client concerns it.</summary>
    void Close(ILink link);

    /// <summary>Bytes and frames since the start.</summary>
    TrafficCounters Counters { get; }
}
