using Collectives.Communication.Operations;
using Collectives.Membership.Messages;
using Collectives.Membership.Session;
using Collectives.Transport.Progress;

namespace Collectives.Communication.Observation;

/// <summary>Tells the coordinator what this member sees, after a heartbeat, if it is anything new. Runs on the loop.</summary>
internal sealed class Reporter(OperationEngine engine) : ILoopMessage
{
    /// <summary>Operations that come and go between two reports tell nothing, and their descriptions would be garbage.</summary>
    private const int LeastAgeMs = 100;

    private CoordinatorSession? _session;
    private Report _told = Report.Empty;

    public void Attach(CoordinatorSession session) => _session = session;

    /// <summary>Another coordinator, or one that was started anew, has been told nothing.</summary>
    public void Forget() => _told = Report.Empty;

    public void Run()
    {
        if (_session is null) return;
        Report seen = MemberView.Of(engine, LeastAgeMs);
        if (seen.SaysTheSameAs(_told)) return;
        _told = seen;
        _session.Report(seen);
    }
}
