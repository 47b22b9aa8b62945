using Collectives.Algorithms.Schedules;
using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Communication.Operations;

/// <summary>
/// Where the blocks of a plan lie in this member's buffers, and how each is cut into segments. It follows from what all members agree
/// on, so that all cut alike.
/// </summary>
internal sealed class FlowBlocks
{
    private Block[] _blocks = [];
    private long[] _starts = [];

    /// <param name="Send">Where its input starts in the send buffer, in bytes.</param>
    /// <param name="Receive">Where it belongs in the receive buffer; -1: it is only passed on.</param>
    /// <param name="FirstPiece">Its segments are numbered from here, through all blocks.</param>
    /// <param name="FirstSum">And its partial sums from here: segments of the first source, of the second, and so on.</param>
    /// <param name="Spare">Where it has a place in spare memory: for each source's partial sums and for its own.</param>
    public record struct Block(long Send, long Receive, long Bytes, int Segments, int FirstPiece, int FirstSum, long Spare);

    public int Count { get; private set; }

    public int SegmentBytes { get; private set; }

    public int Pieces { get; private set; }

    public int Sums { get; private set; }

    public long SpareBytes { get; private set; }

    public ref readonly Block this[int index] => ref _blocks[index];

    public void Lay(FlowPlan plan, Epoch epoch, Work work, int elementBytes)
    {
        Count = plan.Blocks;
        if (_blocks.Length < Count) _blocks = new Block[Count];
        Place(plan, epoch, work, elementBytes);
        long longest = 0, all = 0;
        for (int i = 0; i < Count; i++)
        {
            longest = Math.Max(longest, _blocks[i].Bytes);
            all += _blocks[i].Bytes;
        }

        // Members that see few blocks must cut as those do that see many.
        SegmentBytes = ChunkLayout.SegmentBytesFor(work.Signature.Collective == Collective.AllToAll && !work.Counts.IsEmpty ? ChunkLayout.MaxSegmentBytes : Longest(work, elementBytes, longest));
        // Whoever holds its result says so after a loss, and must have heard of everybody whose input belongs in it, also of those who give
        // nothing: a member that has not begun could not go forward.
        bool emptyToo = work.Signature.Collective is Collective.ReduceScatter or Collective.AllGather or Collective.Gather or Collective.AllToAll or Collective.Pair;
        int pieces = 0, sums = 0;
        long spare = 0;
        for (int i = 0; i < Count; i++)
        {
            ref Block block = ref _blocks[i];
            BlockFlow flow = plan[i];
            // Of nothing at all there is one empty segment: what comes with it is still told to everybody.
            int segments = block.Bytes == 0 ? emptyToo || (all == 0 && flow.Name == 0) ? 1 : 0 : (int)((block.Bytes + SegmentBytes - 1) / SegmentBytes);
            block = block with { Segments = segments, FirstPiece = pieces, FirstSum = sums, Spare = spare };
            pieces += segments;
            sums += segments * flow.SumSources;
            spare += block.Bytes * (flow.SumSources + 1);
        }

        (Pieces, Sums, SpareBytes) = (pieces, sums, spare);
    }

    public int SegmentLength(int block, int segment) =>
        (int)Math.Min(SegmentBytes, _blocks[block].Bytes - (long)segment * SegmentBytes);

    /// <summary>The block that a piece is of: the last one that begins there or before, since those without segments begin where the next one does.</summary>
    public int BlockOf(int piece)
    {
        int low = 0, high = Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_blocks[middle].FirstPiece <= piece) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    /// <summary>The longest block of any member, of which this one may see only shorter ones.</summary>
    private static long Longest(Work work, int elementBytes, long longest)
    {
        if (work.Counts.IsEmpty) return longest;
        ulong most = 0;
        foreach (ulong count in work.Counts) most = Math.Max(most, count);
        return (long)most * elementBytes;
    }

    private void Place(FlowPlan plan, Epoch epoch, Work work, int elementBytes)
    {
        long part = (long)work.Signature.Count * elementBytes;
        Collective collective = work.Signature.Collective;
        int slots = epoch.Lineage.Slots;
        if (_starts.Length < 2 * (slots + 1)) _starts = new long[2 * (slots + 1)];
        Span<long> sends = _starts.AsSpan(0, slots + 1), receives = _starts.AsSpan(slots + 1, slots + 1);
        FillStarts(sends, work.Counts, part, elementBytes);
        FillStarts(receives, work.ReceiveCounts, part, elementBytes);
        int self = epoch.Slot;
        for (int i = 0; i < Count; i++)
        {
            BlockFlow flow = plan[i];
            long send, receive, bytes;
            switch (collective)
            {
                case Collective.ReduceScatter:
                    int owner = epoch.SlotOf((int)flow.Name);
                    (send, receive, bytes) = (sends[owner], 0, sends[owner + 1] - sends[owner]);
                    break;
                case Collective.AllGather:
                case Collective.Gather:
                    owner = epoch.SlotOf((int)flow.Name);
                    (send, receive, bytes) = (0, receives[owner], receives[owner + 1] - receives[owner]);
                    break;
                case Collective.Scatter:
                    owner = epoch.SlotOf((int)flow.Name);
                    (send, receive, bytes) = (sends[owner], 0, part);
                    break;
                case Collective.AllToAll:
                    (long from, long to) = Math.DivRem(flow.Name, plan.World);
                    int source = epoch.SlotOf((int)from), target = epoch.SlotOf((int)to);
                    (send, receive) = (sends[target], receives[source]);
                    bytes = source == self ? sends[target + 1] - send : target == self ? receives[source + 1] - receive : part;
                    break;
                case Collective.Pair:
                    (send, receive, bytes) = (0, 0, part);
                    break;
                default:
                    (long each, long more) = Math.DivRem((long)work.Signature.Count, Count);
                    send = receive = (each * i + Math.Min(i, more)) * elementBytes;
                    bytes = (each + (i < more ? 1 : 0)) * elementBytes;
                    break;
            }

            _blocks[i] = new Block(send, flow.IsKept ? receive : -1, bytes, 0, 0, 0, 0);
        }
    }

    private static void FillStarts(Span<long> starts, ReadOnlySpan<ulong> counts, long part, int elementBytes)
    {
        long at = 0;
        for (int slot = 0; slot < starts.Length; slot++)
        {
            starts[slot] = at;
            at += counts.IsEmpty ? part : slot < counts.Length ? (long)counts[slot] * elementBytes : 0;
        }
    }
}
