using Collectives.Membership.Coordination;
using Collectives.Simulation.Tests.Checks;
using Collectives.Simulation.Tests.Faults;
using Collectives.Simulation.Tests.Members;
using Collectives.Simulation.Tests.Time;
using Collectives.Simulation.Tests.Wires;

namespace Collectives.Simulation.Tests;

/// <summary>One run: its members, coordinators and faults, from the start until all members have ended.</summary>
internal sealed class World : IDisposable
{
    private readonly List<SimulatedMember> _members = [];
    private readonly Mischief _mischief;

    public World(Shape shape, Timeline timeline, bool isTraced)
    {
        (Shape, Timeline) = (shape, timeline);
        if (isTraced) Trace = new Trace(timeline);
        Judge = new Judge(this);
        if (shape.IsFar) Lines = new FarLines(timeline.Random.Next());
        Fabric = new SimulatedFabric(timeline, Reach) { Delay = shape.Link, Trace = Trace };
        // As CoordinatorServer sets them at an address of its own.
        CoordinatorRules rules = new() { HeartbeatMs = shape.HeartbeatMs, SettleMs = shape.HeartbeatMs, HoldMs = 1000 };
        Coordinators = [.. Enumerable.Range(0, shape.Coordinators).Select(index => new SimulatedCoordinator(this, index, rules))];
        FaultyUntilUs = timeline.NowUs + shape.FaultyMs * 1000;
        _mischief = new Mischief(this);
    }

    public Shape Shape { get; }
    public Timeline Timeline { get; }
    public Trace? Trace { get; }
    public Judge Judge { get; }
    public Reach Reach { get; } = new();

    /// <summary>Null: all members are near.</summary>
    public FarLines? Lines { get; }

    public SimulatedFabric Fabric { get; }
    public IReadOnlyList<SimulatedCoordinator> Coordinators { get; }
    public IReadOnlyList<SimulatedMember> Members => _members;
    public long FaultyUntilUs { get; }

    public long Now => Timeline.NowMs;

    /// <summary>A connection that carries nothing for so long is given up.</summary>
    public int UserTimeoutMs => Shape.HeartbeatMs / 2;

    /// <summary>Programs wish to end, and do once all know that one of them does.</summary>
    public bool IsToStop { get; private set; }

    public IEnumerable<SimulatedMember> Living => _members.Where(member => member is { IsDead: false, Program.HasEnded: false });

    public void AddMember(int minMembers)
    {
        SimulatedMember member = new(this, _members.Count, minMembers);
        _members.Add(member);
        member.Begin();
    }

    public void Run()
    {
        foreach (SimulatedCoordinator coordinator in Coordinators) coordinator.Start();
        for (int i = 0; i < Shape.Members; i++) Timeline.After(Timeline.Random.Next(0, 20_000), () => AddMember(Shape.MinMembers));
        _mischief.Begin();
        RunUntil(FaultyUntilUs);
        Trace?.Add("all faults are over");
        _mischief.End();
        RunUntil(Timeline.NowUs + Shape.RestMs * 1000);
        IsToStop = true;
        Trace?.Add("programs wish to stop");
        for (long untilUs = Timeline.NowUs + Shape.LimitMs * 1000; Timeline.NowUs < untilUs && Living.Any();)
        {
            RunUntil(Math.Min(untilUs, Timeline.NowUs + 3_000_000));
            if (!Coordinators.Any(coordinator => coordinator.IsRunning)) Coordinators[^1].Start();
            // The first epoch may need more members than have lived so long. Only one coordinator can know that it is the first.
            if (Coordinators.Count > 1) continue;
            SimulatedMember[] waiting = Living.Where(member => member.Program.AwaitsFirstEpoch).ToArray();
            if (waiting.Length > 0 && waiting.Length == Living.Count() && _members.Count < 2 * Shape.Members + Shape.Faults) AddMember(Shape.NewcomersNeed);
        }

        Judge.Conclude();
    }

    public void Dispose()
    {
        foreach (SimulatedMember member in _members) member.Dispose();
    }

    private void RunUntil(long untilUs)
    {
        while (Timeline.Step(untilUs))
        {
        }
    }
}
