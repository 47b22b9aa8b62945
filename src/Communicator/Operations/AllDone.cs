using Collectives.Algorithms.Schedules;
using Collectives.Algorithms.Schedules.Flows;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// The exchange that lets a member return: it has told, and been told, that everybody holds the whole result, or its part of it. Where
/// only a root gets one (reduce, gather), the root tells the others that it has it, who return then, and it returns when they have said
/// that they know: so nobody's return depends on one that does not know yet.
/// </summary>
internal struct AllDone
{
    /// <summary>In <see cref="FrameHeader.Chunk"/>: from the root on, and back.</summary>
    public const int Down = 0, Back = 1;

    private AllDoneSchedule _schedule;
    private ulong _heard;
    private int _sent;
    private bool _complete;
    private bool _hasRoot;
    private bool _saidBack;
    private int _parent;
    private List<int>? _children;

    /// <summary>There is a root, and it is another member.</summary>
    public bool Follows { readonly get; private set; }

    public readonly bool HasEnded => _complete && (_hasRoot
        ? _sent == _children!.Count && HeardAllBack && (_saidBack || !Follows)
        : _sent == _schedule.Rounds && HeardInOrder() == _schedule.Rounds);

    public readonly bool IsComplete => _complete;

    public void Begin(int rank, int world, bool isSparing)
    {
        Clear();
        _hasRoot = Follows = false;
        _schedule = new AllDoneSchedule(rank, world, isSparing);
    }

    public void BeginFrom(int root, int rank, int world)
    {
        Clear();
        _hasRoot = true;
        Follows = rank != root;
        IFlowTree tree = world <= LinkSchedule.FullMeshWorld ? new StarTree(root, world) : new BinomialTree(root, world);
        _parent = tree.ParentOf(rank);
        (_children ??= []).Clear();
        tree.AddChildrenOf(rank, _children);
    }

    /// <summary>This member holds the whole result, or knows that the root does.</summary>
    public void Complete() => _complete = true;

    /// <summary>False: no frame of the schedule.</summary>
    public bool Hear(int round, int fromRank)
    {
        if (!_hasRoot)
        {
            if (round < 0 || round >= _schedule.Rounds || _schedule.Source(round) != fromRank) return false;
            _heard |= 1UL << round;
            return true;
        }

        if (round == Down) return Follows && fromRank == _parent;
        int child = round == Back ? _children!.IndexOf(fromRank) : -1;
        if (child >= 0) _heard |= 1UL << child;
        return child >= 0;
    }

    /// <summary>The next member to tell, or -1 for now.</summary>
    public int NextTarget(ref FrameHeader header)
    {
        if (!_complete) return -1;
        header.Kind = FrameKind.Done;
        if (!_hasRoot)
        {
            if (_sent >= _schedule.Sendable(HeardInOrder())) return -1;
            header.Chunk = (uint)_sent;
            return _schedule.Target(_sent++);
        }

        header.Chunk = Down;
        if (_sent < _children!.Count) return _children[_sent++];
        if (!Follows || _saidBack || !HeardAllBack) return -1;
        header.Chunk = Back;
        _saidBack = true;
        return _parent;
    }

    /// <summary>Of one that follows: what it says to show that it knows already, and to whom.</summary>
    public readonly (int Target, int Chunk) Answer() => (_parent, Back);

    /// <summary>A member that has not been heard of, or -1.</summary>
    public readonly int Missing()
    {
        if (_hasRoot)
        {
            if (!_complete) return Follows ? _parent : -1;
            return HeardAllBack ? -1 : _children![System.Numerics.BitOperations.TrailingZeroCount(~_heard)];
        }

        for (int round = 0; round < _schedule.Rounds; round++)
        {
            if ((_heard & (1UL << round)) == 0) return _schedule.Source(round);
        }

        return -1;
    }

    private readonly bool HeardAllBack => System.Numerics.BitOperations.PopCount(_heard) == _children!.Count;

    private readonly int HeardInOrder() => System.Numerics.BitOperations.TrailingZeroCount(~_heard);

    private void Clear()
    {
        _heard = 0;
        _sent = 0;
        _complete = _saidBack = false;
    }
}
