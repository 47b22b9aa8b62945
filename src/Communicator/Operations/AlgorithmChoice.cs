using Collectives.Algorithms.Schedules;

namespace Collectives.Communication.Operations;

/// <summary>
/// Which algorithm runs when the caller leaves it open. All members must decide alike, so it depends on nothing
/// but what they agree on: the call and the roster.
/// </summary>
internal static class AlgorithmChoice
{
    /// <summary>
    /// As long as a member sends no more than this, one hop is faster than 2(P-1) hops with fewer bytes: measured on
    /// loopback, where a hop costs about as much as 32 KiB. Two members send the same bytes either way.
    /// </summary>
    private const long ExchangeBytes = 256 * 1024;

    /// <summary>
    /// Members of one machine share its processors, so that the work of all of them counts and not the hops: the star
    /// halves the exchange's messages, and its one member at work beats a ring as long as it sends no more than this.
    /// </summary>
    private const long StarBytes = 1024 * 1024;

    /// <summary>Measured up to here; larger worlds tell each other by more hops that they are done.</summary>
    private const int StarWorld = 8;

    /// <summary>What runs in that epoch.</summary>
    public static Algorithm Choose(in CallSignature call, Epoch epoch)
    {
        if (call.Collective == Collective.AllReduce) return Choose(call.Algorithm, (long)call.Bytes, epoch.World, epoch.IsOneHost);
        if (call.Algorithm is not (Algorithm.Auto or Algorithm.Direct)) return call.Algorithm;
        bool isPartOfAll = call.Collective is Collective.ReduceScatter or Collective.AllGather or Collective.Broadcast or Collective.Reduce;
        return isPartOfAll && epoch.World > LinkSchedule.FullMeshWorld ? Algorithm.Halving : Algorithm.Direct;
    }

    /// <summary>The wanted one if it can be had in that world.</summary>
    public static Algorithm Choose(Algorithm wanted, long bytes, int world, bool oneHost)
    {
        // An exchange needs a link to every member, and a star to its centre.
        if (world > LinkSchedule.FullMeshWorld)
            return wanted is Algorithm.Tree or Algorithm.Halving or Algorithm.TwoWayRing ? wanted : Algorithm.Ring;
        if (wanted != Algorithm.Auto) return wanted;
        long sent = bytes * (world - 1);
        if (oneHost && world is > 2 and <= StarWorld && sent <= StarBytes && bytes <= ExchangePhase.MaxBytes) return Algorithm.Star;
        return sent <= ExchangeBytes ? Algorithm.Exchange : Algorithm.Ring;
    }
}
