namespace Collectives.Membership.Server;

public sealed record CoordinatorSettings
{
    /// <summary>
    /// "HOST:PORT", "[IPV6]:PORT", ":PORT" for all addresses of both families; port 0 takes a free one. A name is
    /// listened on at all of its addresses.
    /// </summary>
    public string Listen { get; init; } = "127.0.0.1:0";

    /// <summary>The secret that members must know; empty: they must have none either.</summary>
    public string Token { get; init; } = "";

    /// <summary>Silence after which a member is lost, unless it names its own. 0: 3000.</summary>
    public int HeartbeatMs { get; init; }

    /// <summary>Where to answer GET /metrics, in the form of <see cref="Listen"/>; empty: nowhere.</summary>
    public string Metrics { get; init; } = "";

    /// <summary>Takes one line per change of a roster, on the coordinator's thread; it must not block.</summary>
    public Action<string>? Log { get; init; }
}
