using Collectives.Membership.Messages;

namespace Collectives.Membership.Topology;

/// <summary>How fast a member's operations went lately: what it sent for them, while large ones were in flight.</summary>
internal sealed class WorkHistory
{
    private const int Kept = 64;

    /// <summary>Shorter spans say little.</summary>
    private const ulong LeastMs = 2000;

    /// <summary>Links that operations have just begun to use are slow at first, and so is a pipeline that fills.</summary>
    private const ulong SettlingMs = 3000;

    private readonly List<WorkReport> _points = [];

    /// <summary>The last report; what comes after it is told by <see cref="Since"/>.</summary>
    public WorkReport Last => _points.Count == 0 ? default : _points[^1];

    public void Note(WorkReport work)
    {
        if (_points.Count > 0 && work.Ms == Last.Ms) return;
        if (_points.Count == Kept) _points.RemoveAt(0);
        _points.Add(work);
    }

    /// <summary>Bytes sent per second with large operations in flight, over the last two of these; 0: not known.</summary>
    public double Latest()
    {
        for (int i = _points.Count - 2; i >= 0; i--)
        {
            if (Last.Ms - _points[i].Ms >= LeastMs) return Between(_points[i], Last);
        }

        return 0;
    }

    /// <summary>The same since that report, once it has settled; 0: too early.</summary>
    public double Since(WorkReport start)
    {
        foreach (WorkReport point in _points)
        {
            if (point.Ms < start.Ms + SettlingMs) continue;
            return Last.Ms - point.Ms >= LeastMs ? Between(point, Last) : 0;
        }

        return 0;
    }

    private static double Between(WorkReport from, WorkReport to) => (to.Bytes - from.Bytes) * 1000.0 / (to.Ms - from.Ms);
}
