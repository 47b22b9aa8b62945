using Collectives.Algorithms.Schedules;

namespace Collectives.Communication.Operations;

/// <summary>
/// Which algorithm runs when the caller leaves it open. All members must decide alike, so it depends on nothing
/// but what they agree on.
/// </summary>
internal static class AlgorithmChoice
{
    /// <summary>
    /// As long as a member sends no more than this, one hop is faster than 2(P-1) hops with fewer bytes: measured on
    /// loopback, where a hop costs about as much as 32 KiB. Two members send the same bytes either way.
    /// </summary>
    private const long ExchangeBytes = 256 * 1024;

    /// <summary>The wanted one if it can be had in that world.</summary>
    public static Algorithm Choose(Algorithm wanted, long bytes, int world)
    {
        // An exchange needs a link to every member.
        if (world > LinkSchedule.FullMeshWorld) return Algorithm.Ring;
        if (wanted != Algorithm.Auto) return wanted;
        return bytes * (world - 1) <= ExchangeBytes ? Algorithm.Exchange : Algorithm.Ring;
    }
}
