namespace Collectives.Transport.Tcp;

/// <summary>How lanes are set up. The defaults are those of coll_config.</summary>
public sealed record LaneSettings
{
    /// <summary>That a link begins with.</summary>
    public int LanesPerLink { get; init; } = 1;

    /// <summary>That it may come to if more of them carry more (<see cref="LaneTuner"/>); 0: as many as it begins with.</summary>
    public int MostLanes { get; init; }
    /// <summary>A round trip below this is one machine or one rack, where pacing, more lanes and second copies only cost. 0: all peers are far (for tests).</summary>
    public int NearMicroseconds { get; init; } = LinkState.FarMicroseconds;

    public string? CongestionControl { get; init; }
    public int KeepaliveSeconds { get; init; } = 15;
    public int UserTimeoutMs { get; init; } = 20_000;

    /// <summary>How long a link may be without any lane before its client is told.</summary>
    public int ReconnectMs { get; init; } = 3000;

    /// <summary>How long a link may take to be made for the first time before its client is told: a few dials, by both ends.</summary>
    public int ConnectMs { get; init; } = 4_000;

    public int HandshakeMs { get; init; } = 5000;

    /// <summary>
    /// A link that has no lane for so long is dialled by both ends, since one of them may be where nobody gets in. Longer than nearly all
    /// dials take, so that hardly any is in vain.
    /// </summary>
    public int OtherEndMs { get; init; } = 400;
}
