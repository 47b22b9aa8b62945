using Collectives.Transport.Wire;

namespace Collectives.Transport.Tcp;

/// <summary>Frames of which a second copy is under way on another lane.</summary>
internal sealed partial class TcpLink
{
    /// <summary>
    /// Second copies of frames are at most that part of what is sent, and a little to begin with: on a line that is full they would delay what
    /// comes after them.
    /// </summary>
    private const double RepeatShare = 0.04;
    private const int StuckMs = 500;
    private const int LeastRepeatBytes = 1 << 20, MostRepeatBytes = 4 << 20;

    private readonly Stack<Twin> _twins = new();
    private double _mayRepeatBytes = LeastRepeatBytes;
    private long _repeatTxBytes;

    /// <summary>A copy of a frame has left whole.</summary>
    public void Written(Twin twin, in OutgoingFrame frame)
    {
        twin.Unwritten--;
        Settle(twin, frame);
    }

    /// <summary>The peer has one copy of a frame.</summary>
    public void Acknowledged(Twin twin, in OutgoingFrame frame)
    {
        twin.Copies--;
        twin.IsAcknowledged = true;
        Settle(twin, frame);
    }

    /// <summary>
    /// The link has nothing else for this lane: a frame that another one has had under way for twice as long as this one usually needs for
    /// one. So the end of an operation does not wait for the slowest lane, or for one that TCP holds back after a loss.
    /// </summary>
    private bool TryTakeOver(TcpLane lane, ref OutgoingFrame frame)
    {
        if (!lane.IsFar || lane.FrameMs == 0 || _used < 2) return false;
        _mayRepeatBytes = Math.Min(MostRepeatBytes, _mayRepeatBytes + (RepeatShare * (TxBytes - _repeatTxBytes)));
        _repeatTxBytes = TxBytes;
        // What is stuck, and not only late, is repeated in any case.
        double late = _mayRepeatBytes >= 0 ? (2 * lane.FrameMs) + AcknowledgeMs : Math.Max(10 * lane.FrameMs, StuckMs);
        long takenBeforeMs = Environment.TickCount64 - (long)late;
        Twin twin = _twins.TryPop(out Twin? used) ? used : new Twin();
        for (int i = 0; i < _everOpen; i++)
        {
            if (_lanes[i] is { } other && !ReferenceEquals(other, lane) && other.TryShare(takenBeforeMs, twin, ref frame))
            {
                _mayRepeatBytes -= frame.ByteCount;
                return true;
            }
        }

        _twins.Push(twin);
        return false;
    }

    private void Settle(Twin twin, in OutgoingFrame frame)
    {
        if (twin.CanSettle)
        {
            twin.IsSettled = true;
            _network.Client.Retire(frame);
        }

        if (twin.Copies > 0) return;
        twin.Reset();
        _twins.Push(twin);
    }
}
