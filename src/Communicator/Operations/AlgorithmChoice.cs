namespace Collectives.Communication.Operations;

/// <summary>
/// Which algorithm runs when the caller leaves it open. All members must decide alike, so it depends on nothing
/// but what they agree on.
/// </summary>
internal static class AlgorithmChoice
{
    /// <summary>
    /// Up to here one hop with P-1 times the bytes is faster than 2(P-1) hops with less than twice the bytes:
    /// measured on loopback, where a hop costs about as much as 32 KiB.
    /// </summary>
    private const long ExchangeBytes = 64 * 1024;

    public static Algorithm Choose(long bytes, int world) =>
        bytes * (world - 1) <= ExchangeBytes * 2 && bytes <= ExchangeBytes ? Algorithm.Exchange : Algorithm.Ring;
}
