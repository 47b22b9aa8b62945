namespace Collectives.Transport.Tcp;

/// <summary>Where a connection that a link dials leads.</summary>
internal enum ConnectionPath
{
    /// <summary>To the peer.</summary>
    Direct,

    /// <summary>To a member that is to relay it. Once that has taken it, it leads through.</summary>
    ToRelay,

    /// <summary>To the peer, through a member that relays it.</summary>
    ThroughRelay,
}
