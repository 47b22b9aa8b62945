using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Transport.Progress;

namespace Collectives.Communication.Observation;

/// <summary>What only the loop's owner may look at, asked for from another thread.</summary>
internal sealed class LoopQuestion(OperationEngine engine) : ILoopMessage
{
    private const int PatienceMs = 1000;

    private readonly Completion _answered = new();
    private Report? _view;
    private Roster? _roster;

    /// <summary>False: nobody came to it in time. The question is then left to the collector, since it may still be answered.</summary>
    public bool TryAsk(out Report? view, out Roster? roster)
    {
        engine.Loop.Post(this);
        bool answered = engine.Loop.Wait(_answered, PatienceMs);
        (view, roster) = answered ? (_view, _roster) : (null, null);
        if (answered) _answered.Dispose();
        return answered;
    }

    public void Run()
    {
        _view = MemberView.Of(engine, leastAgeMs: 0);
        _roster = engine.Epoch?.Roster;
        engine.Loop.End(_answered);
    }
}
