using Collectives.Algorithms.Schedules;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// The exchange that lets a member return: it has told, and been told, that everybody holds the whole result.
/// What members know of pending members travels along, so that all return the same number.
/// </summary>
internal struct AllDone
{
    private AllDoneSchedule _schedule;
    private ulong _heard;
    private int _sent;
    private bool _complete;

    public int Pending { get; private set; }

    public readonly bool HasEnded => _complete && _sent == _schedule.Rounds && HeardInOrder() == _schedule.Rounds;

    /// <summary>This member holds the whole result and waits for others.</summary>
    public readonly bool IsWaiting => _complete && !HasEnded;

    public void Begin(int rank, int world)
    {
        _schedule = new AllDoneSchedule(rank, world);
        _heard = 0;
        _sent = 0;
        _complete = false;
        Pending = 0;
    }

    /// <summary>This member holds the whole result.</summary>
    public void Complete(int pending)
    {
        _complete = true;
        Pending = Math.Max(Pending, pending);
    }

    /// <summary>False: no frame of the schedule.</summary>
    public bool Hear(int round, int fromRank, int pending)
    {
        if (round < 0 || round >= _schedule.Rounds || _schedule.Source(round) != fromRank) return false;
        _heard |= 1UL << round;
        Pending = Math.Max(Pending, pending);
        return true;
    }

    /// <summary>The next member to tell, or -1 for now.</summary>
    public int NextTarget(ref FrameHeader header)
    {
        if (!_complete || _sent >= _schedule.Sendable(HeardInOrder())) return -1;
        header.Kind = FrameKind.Done;
        header.Chunk = (uint)_sent;
        header.Argument = (ulong)Pending;
        return _schedule.Target(_sent++);
    }

    /// <summary>This member knows that the one of that rank holds the whole result, and so does this one.</summary>
    public readonly bool IsDone(int rank) => _complete && _schedule.IsHeardOf(rank, _heard);

    /// <summary>A member that has not been heard of, or -1.</summary>
    public readonly int Missing()
    {
        for (int round = 0; round < _schedule.Rounds; round++)
        {
            if ((_heard & (1UL << round)) == 0) return _schedule.Source(round);
        }

        return -1;
    }

    private readonly int HeardInOrder() => System.Numerics.BitOperations.TrailingZeroCount(~_heard);
}
