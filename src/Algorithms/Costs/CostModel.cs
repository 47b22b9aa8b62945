using Collectives.Algorithms.Schedules;
using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Algorithms.Costs;

/// <summary>
/// How long an algorithm takes: the longest of
/// <code>
///   its longest way       of a block: all hops, with one segment each; then the rest of the block over that way's slowest link
///   its busiest link      until its first segment is there, all that goes over it, and the way of the last one from there
///   its busiest card      of a host, by which all of its near links go
///   its busiest host      frames, copies and sums of its members, on the processors that they share
/// </code>
/// and then the hop in which members tell each other that they are done. Hops are pipelined by segments, and all links of a member
/// work at once, as in the engine: so these overlap, and the longest counts. With one processor for each member and equal links it is
/// the model of Hockney 1994 with the hop as alpha; frames cost what LogGP (Alexandrov et al. 1995) calls o, and bytes G.
/// </summary>
internal static class CostModel
{
    public static Candidate Predict(Algorithm algorithm, List<Block> blocks, long bytes, LinkModel links, MachineModel machine)
    {
        int world = links.World;
        Load load = new(links, machine);
        double longestWay = 0;
        int hops = 0;
        foreach (Block block in blocks)
        {
            BlockCost cost = new(block, bytes * block.Share, links, machine);
            longestWay = Math.Max(longestWay, cost.Carry(load));
            hops = Math.Max(hops, block.Hops);
        }

        double seconds = Math.Max(Math.Max(longestWay, load.LinkSeconds()), Math.Max(load.CardSeconds(), load.ProcessorSeconds()));
        return new Candidate(algorithm, seconds + DoneSeconds(links, machine), hops, (long)Math.Round(load.MostSent()), world);
    }

    /// <summary>Up to here fewer frames have not been measured to be faster than fewer hops.</summary>
    private const int UnsparingWorld = 4;

    /// <summary>Which way of <see cref="AllDoneSchedule"/> is the faster one. Large worlds have but one.</summary>
    public static bool IsDoneSparing(LinkModel links, MachineModel machine) =>
        links.World is > UnsparingWorld and <= AllDoneSchedule.DirectWorld && DoneSeconds(links, machine, isSparing: true) < DoneSeconds(links, machine, isSparing: false);

    private static double DoneSeconds(LinkModel links, MachineModel machine) =>
        DoneSeconds(links, machine, IsDoneSparing(links, machine));

    /// <summary>Of <see cref="AllDoneSchedule"/>: empty frames.</summary>
    private static double DoneSeconds(LinkModel links, MachineModel machine, bool isSparing)
    {
        int world = links.World;
        Load load = new(links, machine);
        double hops = 0;
        AllDoneSchedule any = new(0, world, isSparing);
        for (int round = 0; round < any.Rounds; round++)
        {
            double longest = 0;
            for (int rank = 0; rank < world; rank++)
            {
                int target = new AllDoneSchedule(rank, world, isSparing).Target(round);
                load.Send(rank, target, 0, 1, 0, 0);
                longest = Math.Max(longest, LinkSpeed.Latency(links, machine, rank, target));
            }

            hops = any.IsDirect ? Math.Max(hops, longest) : hops + longest;
        }

        return Math.Max(hops, load.ProcessorSeconds());
    }
}
