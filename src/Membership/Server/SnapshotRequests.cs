using Collectives.Membership.Observation;

namespace Collectives.Membership.Server;

/// <summary>Other threads' wishes to look at the coordinator's state, which its own thread fulfils between two waits.</summary>
internal sealed class SnapshotRequests(Action wake)
{
    private const int PatienceMs = 2000;

    private readonly List<Request> _open = [];

    /// <summary>Null: the coordinator's thread did not come to it in time, or has ended.</summary>
    public CoordinatorSnapshot? Ask()
    {
        var request = new Request();
        lock (_open) _open.Add(request);
        wake();
        lock (request)
        {
            if (request.Answer is null) Monitor.Wait(request, PatienceMs);
            return request.Answer;
        }
    }

    public void Answer(Func<CoordinatorSnapshot> look)
    {
        Request[] open;
        lock (_open)
        {
            if (_open.Count == 0) return;
            open = [.. _open];
            _open.Clear();
        }

        CoordinatorSnapshot answer = look();
        foreach (Request request in open)
        {
            lock (request)
            {
                request.Answer = answer;
                Monitor.Pulse(request);
            }
        }
    }

    private sealed class Request
    {
        public CoordinatorSnapshot? Answer { get; set; }
    }
}
