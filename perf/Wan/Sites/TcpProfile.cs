namespace Collectives.Perf.Wan.Sites;

/// <summary>How much memory a site's TCP may take for a connection, in bytes.</summary>
/// <param name="Receive">The most for receiving (net.ipv4.tcp_rmem).</param>
/// <param name="Send">The most for sending (net.ipv4.tcp_wmem).</param>
internal sealed record TcpProfile(long Receive, long Send)
{
    /// <summary>A kernel's own limits: one stream over 100 ms then gets 0.27 Gbit/s.</summary>
    public static readonly TcpProfile Stock = new(6 << 20, 4 << 20);

    /// <summary>So much that no window holds one stream back: 2.5 times what is under way on the line.</summary>
    public static TcpProfile Tuned(long bandwidthDelay) => new(Math.Max(Stock.Receive, bandwidthDelay * 5 / 2), Math.Max(Stock.Send, bandwidthDelay * 5 / 2));

    /// <summary>Files below /proc/sys/net and what is to be in them.</summary>
    public (string File, string Value)[] Settings =>
    [
        ("ipv4/tcp_rmem", $"4096 131072 {Receive}"),
        ("ipv4/tcp_wmem", $"4096 65536 {Send}"),
        // A run must not learn from the one before.
        ("ipv4/tcp_no_metrics_save", "1"),
    ];
}
