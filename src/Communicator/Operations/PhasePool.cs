using Collectives.Algorithms;
using Collectives.Algorithms.Costs;

namespace Collectives.Communication.Operations;

/// <summary>Phases for runs, lent and taken back: after a while none is made any more.</summary>
internal sealed class PhasePool(OperationEngine engine)
{
    private readonly Stack<RingPhase> _rings = new(64);
    private readonly Stack<ExchangePhase> _exchanges = new(64);
    private readonly Stack<FlowPhase> _flows = new(64);

    /// <summary>What the operation runs with in that epoch.</summary>
    public DataPhase Lend(Operation operation, Epoch epoch)
    {
        CallSignature call = operation.Signature;
        if (call.Collective == Collective.AllReduce && epoch.World == 1) return new AlonePhase(engine);
        Choice choice = AlgorithmChoice.Choose(call, epoch);
        DataPhase phase = Lend(call, choice.Algorithm, epoch);
        phase.PredictedSeconds = choice.Seconds;
        return phase;
    }

    public void TakeBack(DataPhase? phase)
    {
        if (phase is RingPhase ring) _rings.Push(ring);
        else if (phase is ExchangePhase exchange) _exchanges.Push(exchange);
        else if (phase is FlowPhase flow) _flows.Push(flow);
    }

    private DataPhase Lend(in CallSignature call, Algorithm algorithm, Epoch epoch)
    {
        if (call.Collective == Collective.AllReduce && algorithm is Algorithm.Ring or Algorithm.TwoWayRing)
        {
            if (!_rings.TryPop(out RingPhase? ring)) ring = new RingPhase(engine);
            ring.GoesBothWays = algorithm == Algorithm.TwoWayRing;
            return ring;
        }

        if (algorithm is Algorithm.Exchange or Algorithm.Star)
        {
            if (!_exchanges.TryPop(out ExchangePhase? exchange)) exchange = new ExchangePhase(engine);
            exchange.IsStar = algorithm == Algorithm.Star;
            return exchange;
        }

        if (!_flows.TryPop(out FlowPhase? flow)) flow = new FlowPhase(engine);
        flow.Follow(epoch.Plans.For(call, algorithm), algorithm);
        return flow;
    }
}
