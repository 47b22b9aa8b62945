using Collectives.Algorithms.Schedules;
using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Algorithms.Costs;

/// <summary>One block on its way up a tree, down another one, or both: when its first segment is where, and what it has links and members do.</summary>
internal readonly struct BlockCost
{
    private readonly Block _block;
    private readonly double _bytes;
    private readonly double _segment;
    private readonly double _frames;
    private readonly LinkModel _links;
    private readonly MachineModel _machine;

    public BlockCost(Block block, double bytes, LinkModel links, MachineModel machine)
    {
        (_block, _bytes, _links, _machine) = (block, bytes, links, machine);
        double most = block.IsCut ? ChunkLayout.SegmentBytesFor((long)Math.Ceiling(bytes)) : bytes;
        _segment = Math.Min(bytes, most);
        _frames = most > 0 ? Math.Max(1, Math.Ceiling(bytes / most)) : 1;
    }

    /// <summary>Adds all that the block costs to the load.</summary>
    /// <returns>How long its longest way takes.</returns>
    public double Carry(Load load)
    {
        // The way down first, backwards: how long a segment that is at a member is still under way from there.
        double[] below = _block.Result is { } down ? Below(down) : [];
        double afterRoot = below.Length > 0 ? below[_block.Result!.Root] : 0;
        (double atRoot, double slowestUp) = _block.Sum is { } up ? Up(up, afterRoot, load) : (0, double.PositiveInfinity);
        (double atEnd, double slowestDown) = _block.Result is not null ? Down(_block.Result, atRoot, below, load) : (atRoot, double.PositiveInfinity);
        return atEnd + (_bytes - _segment) / Math.Min(slowestUp, slowestDown);
    }

    private double Hop(int from, int to) => LinkSpeed.Latency(_links, _machine, from, to) + _segment / Rate(from, to);

    private double Rate(int from, int to) => LinkSpeed.BytesPerSecond(_links, _machine, from, to);

    private double[] Below(CostTree tree)
    {
        var below = new double[_links.World];
        for (int i = tree.FromRoot.Length - 1; i > 0; i--)
        {
            int rank = tree.FromRoot[i], parent = tree.Parents[rank];
            below[parent] = Math.Max(below[parent], Hop(parent, rank) + below[rank]);
        }

        return below;
    }

    /// <returns>When the first segment is summed up at the root, and the slowest link on the way that takes the longest.</returns>
    private (double Seconds, double Slowest) Up(CostTree tree, double afterRoot, Load load)
    {
        int world = _links.World;
        var arrived = new double[world];
        var slowest = new double[world];
        var above = new double[world];
        Array.Fill(slowest, double.PositiveInfinity);
        for (int i = 1; i < world; i++)
        {
            int rank = tree.FromRoot[i], parent = tree.Parents[rank];
            above[rank] = Hop(rank, parent) + above[parent];
        }

        for (int i = world - 1; i > 0; i--)
        {
            int rank = tree.FromRoot[i], parent = tree.Parents[rank];
            load.Send(rank, parent, _bytes, _frames, arrived[rank], above[parent] + afterRoot);
            load.Reduce(parent, _bytes, isSpilled: tree.Children[parent] > 1 && _bytes > _machine.CacheBytes);
            double at = arrived[rank] + Hop(rank, parent);
            if (at <= arrived[parent]) continue;
            (arrived[parent], slowest[parent]) = (at, Math.Min(slowest[rank], Rate(rank, parent)));
        }

        return (arrived[tree.Root], slowest[tree.Root]);
    }

    private (double Seconds, double Slowest) Down(CostTree tree, double begin, double[] below, Load load)
    {
        int world = _links.World;
        var arrived = new double[world];
        var slowest = new double[world];
        (arrived[tree.Root], slowest[tree.Root]) = (begin, double.PositiveInfinity);
        int last = tree.Root;
        for (int i = 1; i < world; i++)
        {
            int rank = tree.FromRoot[i], parent = tree.Parents[rank];
            load.Send(parent, rank, _bytes, _frames, arrived[parent], below[rank]);
            if (_block.IsAddedUp) load.Reduce(rank, _bytes, isSpilled: false);
            arrived[rank] = arrived[parent] + Hop(parent, rank);
            slowest[rank] = Math.Min(slowest[parent], Rate(parent, rank));
            if (arrived[rank] > arrived[last]) last = rank;
        }

        return (arrived[last], slowest[last]);
    }
}
