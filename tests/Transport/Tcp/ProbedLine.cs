using Collectives.Transport.Tcp;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Tcp;

/// <summary>
/// A long line and what TCP does on it, a millisecond at a time: each lane has so much under way as its window allows, which grows by
/// what is acknowledged until packets queue up; all lanes share what the line carries, and an acknowledgement comes back a
/// round trip after that.
/// </summary>
internal sealed class ProbedLine(double rate, double roundTripMs, int lanes = LinkProbe.Lanes)
{
    private const int FirstWindow = 14_000, SocketBytes = 256 * 1024, TickMs = 20;

    private readonly double[] _unsent = new double[lanes], _underWay = new double[lanes];
    private readonly double[] _window = [.. Enumerable.Repeat((double)FirstWindow, lanes)];
    private readonly double[] _acknowledged = new double[lanes];
    private readonly Queue<(int Lane, double Bytes)> _queue = [];
    private readonly Queue<(double At, int Lane, double Bytes)> _returning = [];
    private double _queued;

    /// <summary>When it ended, after the probe's beginning.</summary>
    public long EndedMs { get; private set; }

    public long FilledBytes { get; private set; }

    /// <summary>Bytes per second that the probe has found.</summary>
    public double Probe(int limitMs)
    {
        const long BeganMs = 70_000;
        double? measured = null;
        LinkProbe probe = new(BeganMs, limitMs, found => measured = found);
        for (long now = BeganMs; ; now++)
        {
            Carry(now);
            if ((now - BeganMs) % TickMs == 0 && !Observe(probe, now))
            {
                EndedMs = now - BeganMs;
                double told = probe.End();
                Assert.Equal(told, measured);
                return told;
            }

            Fill(probe);
        }
    }

    private bool Observe(LinkProbe probe, long now)
    {
        for (int lane = 0; lane < lanes; lane++) probe.NoteLane(lane, (long)_acknowledged[lane]);
        return probe.Observe(now, (long)_acknowledged.Sum(), areOpen: true, roundTripMs);
    }

    private void Fill(LinkProbe probe)
    {
        for (int lane = 0; lane < lanes; lane++)
        {
            OutgoingFrame frame = default;
            while (_unsent[lane] < SocketBytes && probe.TryFill(lane, ref frame))
            {
                Assert.Equal(FrameKind.Filler, frame.Header.Kind);
                _unsent[lane] += frame.ByteCount;
                FilledBytes += frame.ByteCount;
            }
        }
    }

    private void Carry(long now)
    {
        while (_returning.TryPeek(out (double At, int Lane, double Bytes) next) && next.At <= now)
        {
            _returning.Dequeue();
            _underWay[next.Lane] -= next.Bytes;
            _acknowledged[next.Lane] += next.Bytes;
            // Packets that wait for long end the slow start.
            if (_queued < rate * Math.Max(4, roundTripMs / 8) / 1000) _window[next.Lane] += next.Bytes;
        }

        for (int lane = 0; lane < lanes; lane++)
        {
            double bytes = Math.Min(_unsent[lane], _window[lane] - _underWay[lane]);
            if (bytes <= 0) continue;
            _unsent[lane] -= bytes;
            _underWay[lane] += bytes;
            _queued += bytes;
            _queue.Enqueue((lane, bytes));
        }

        for (double left = rate / 1000; left > 0 && _queue.TryPeek(out (int Lane, double Bytes) first);)
        {
            _queue.Dequeue();
            double bytes = Math.Min(left, first.Bytes);
            (left, _queued) = (left - bytes, _queued - bytes);
            _returning.Enqueue((now + roundTripMs, first.Lane, bytes));
            if (bytes < first.Bytes) PutBack((first.Lane, first.Bytes - bytes));
        }
    }

    /// <summary>What is left of a packet goes on behind those of the others, which take turns.</summary>
    private void PutBack((int Lane, double Bytes) rest) => _queue.Enqueue(rest);
}
