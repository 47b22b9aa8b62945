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

    /// <summary>Closes the link at once; no further call of the client concerns it.</summary>
    void Close(ILink link);

    /// <summary>Bytes and frames since the start.</summary>
    TrafficCounters Counters { get; }
}
