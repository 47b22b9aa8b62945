using Collectives.Algorithms;

namespace Collectives.Native.Checks;

/// <summary>How the header calls collectives, for messages.</summary>
internal static class CollectiveNames
{
    public static string NameOf(Collective collective) => collective switch
    {
        Collective.AllReduce => "coll_all_reduce",
        Collective.ReduceScatter => "coll_reduce_scatter",
        Collective.AllGather => "coll_all_gather",
        Collective.Broadcast => "coll_broadcast",
        Collective.Reduce => "coll_reduce",
        Collective.Gather => "coll_gather",
        Collective.Scatter => "coll_scatter",
        Collective.AllToAll => "coll_all_to_all",
        Collective.Pair => "coll_send and coll_recv",
        _ => "coll_barrier",
    };
}
