using Collectives.Simulation.Tests.Time;
using Collectives.Transport;
using Collectives.Transport.InProcess;
using Collectives.Transport.Progress;

namespace Collectives.Simulation.Tests.Wires;

/// <summary>Carries what links say to each other: each message takes its own time, so that they overtake each other.</summary>
internal sealed class SimulatedFabric : InProcessFabric
{
    private readonly Timeline _timeline;
    private readonly Reach _reach;
    private List<(MemberId From, InProcessNetwork To, ILoopMessage Message)> _held = [];

    public SimulatedFabric(Timeline timeline, Reach reach)
    {
        (_timeline, _reach) = (timeline, reach);
        reach.Healed += SendHeld;
    }

    public required Delay Delay { get; init; }

    public Trace? Trace { get; init; }

    protected internal override void Carry(MemberId from, InProcessNetwork to, ILoopMessage message) =>
        _timeline.After(Delay.Draw(_timeline), () => Arrive(from, to, message));

    private void Arrive(MemberId from, InProcessNetwork to, ILoopMessage message)
    {
        if (_reach.IsApart(from, to.Self))
        {
            _held.Add((from, to, message));
            return;
        }

        if (message.ToString() is { Length: > 0 } words) Trace?.Add($"{from} -> {to.Self}: {words}");
        to.Deliver(message);
    }

    private void SendHeld()
    {
        (var held, _held) = (_held, []);
        foreach ((MemberId from, InProcessNetwork to, ILoopMessage message) in held) Carry(from, to, message);
    }
}
