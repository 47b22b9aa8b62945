namespace Collectives.Algorithms.Schedules;

/// <summary>
/// The ring all-reduce (Patarasuk and Yuan 2009, "Bandwidth optimal all-reduce algorithms for clusters of
/// workstations", section 4) as seen by one member. Chunk c belongs to rank c. It starts at rank c + 1, is
/// passed on and added to by every member in rank order, and is whole when rank c has added its own part: that
/// is the reduce phase. Then rank c sends the result round the same way until every member has it: the result
/// phase. Every segment goes its way alone; there are no barriers between steps.
///
/// Cost: 2(P-1) hops of latency; each member sends and receives 2(P-1)/P of the buffer.
/// The order of summation of a chunk is the order of ranks from c + 1 on, whatever the timing.
/// </summary>
public readonly struct RingSchedule(int rank, int world)
{
    public int Rank => rank;

    public int World => world;

    /// <summary>The member that this one sends to.</summary>
    public int Next => rank + 1 == world ? 0 : rank + 1;

    /// <summary>The member that this one receives from.</summary>
    public int Previous => rank == 0 ? world - 1 : rank - 1;

    /// <summary>The chunk whose journey starts here, with this member's input.</summary>
    public int StartedChunk => Previous;

    /// <summary>The chunk that becomes whole here.</summary>
    public int OwnedChunk => rank;

    /// <summary>Whether a partial reduction of the chunk comes to this member.</summary>
    public bool ReceivesPartial(int chunk) => chunk != StartedChunk;

    /// <summary>Whether the result of the chunk comes to this member.</summary>
    public bool ReceivesResult(int chunk) => chunk != OwnedChunk;

    /// <summary>Whether the partial reduction goes on from here; otherwise it is the result.</summary>
    public bool ForwardsPartial(int chunk) => chunk != OwnedChunk;

    /// <summary>Whether the result goes on from here: not to the member that it started from.</summary>
    public bool ForwardsResult(int chunk) => Next != chunk;
}
