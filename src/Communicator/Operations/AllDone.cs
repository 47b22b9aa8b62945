using Collectives.Algorithms.Schedules;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// The exchange that lets a member return: it has told, and been told, that everybody holds the whole result.
/// </summary>
internal struct AllDone
{
    private AllDoneSchedule _schedule;
    private ulong _heard;
    private int _sent;
    private bool _complete;

    public readonly bool HasEnded => _complete && _sent == _schedule.Rounds && HeardInOrder() == _schedule.Rounds;

    /// <summary>This member holds the whole result and waits for others.</summary>
    public readonly bool IsWaiting => _complete && !HasEnded;

    public void Begin(int rank, int world, bool isSparing)
    {
        _schedule = new AllDoneSchedule(rank, world, isSparing);
        _heard = 0;
        _sent = 0;
        _complete = false;
    }

    /// <summary>This member holds the whole result.</summary>
    public void Complete() => _complete = true;

    public readonly bool IsComplete => _complete;

    /// <summary>False: no frame of the schedule.</summary>
    public bool Hear(int round, int fromRank)
    {
        if (round < 0 || round >= _schedule.Rounds || _schedule.Source(round) != fromRank) return false;
        _heard |= 1UL << round;
        return true;
    }

    /// <summary>The next member to tell, or -1 for now.</summary>
    public int NextTarget(ref FrameHeader header)
    {
        if (!_complete || _sent >= _schedule.Sendable(HeardInOrder())) return -1;
        header.Kind = FrameKind.Done;
        header.Chunk = (uint)_sent;
        return _schedule.Target(_sent++);
    }

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
