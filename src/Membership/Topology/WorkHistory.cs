using Collectives.Membership.Messages;

namespace Collectives.Membership.Topology;

/// <summary>How fast a member's large operations went lately, from what it has reported as they ended.</summary>
internal sealed class WorkHistory
{
    private const int Kept = 32;

    /// <summary>Shorter spans say little.</summary>
    private const ulong LeastMs = 1000;

    private readonly List<WorkReport> _points = [];

    /// <summary>How many reports there have been in which something had ended.</summary>
    public int Count { get; private set; }

    public void Note(WorkReport work)
    {
        if (_points.Count > 0 && work.Bytes == _points[^1].Bytes) return;
        if (_points.Count == Kept) _points.RemoveAt(0);
        _points.Add(work);
        Count++;
    }

    /// <summary>Bytes of buffers per second in which operations were in flight, over the last second or more of these; 0: not known.</summary>
    public double Latest()
    {
        for (int i = _points.Count - 2; i >= 0; i--)
        {
            if (_points[^1].Ms - _points[i].Ms >= LeastMs) return Between(_points[i], _points[^1]);
        }

        return 0;
    }

    /// <summary>The same since there had been so many reports, if enough has ended since; else 0. What ended first may have begun before.</summary>
    public double Since(int count)
    {
        int first = Math.Max(0, _points.Count - (Count - count));
        return _points.Count - first >= 3 && _points[^1].Ms - _points[first].Ms >= 2 * LeastMs ? Between(_points[first], _points[^1]) : 0;
    }

    private static double Between(WorkReport from, WorkReport to) => (to.Bytes - from.Bytes) * 1000.0 / (to.Ms - from.Ms);
}
