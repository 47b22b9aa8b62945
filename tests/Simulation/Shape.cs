using Collectives.Communication;
using Collectives.Simulation.Tests.Faults;
using Collectives.Simulation.Tests.Time;

namespace Collectives.Simulation.Tests;

/// <summary>What a run is like: how many members, how fast everything is, and what goes wrong. The rest is the seed's.</summary>
internal sealed record Shape
{
    public required string Name { get; init; }

    public required int Members { get; init; }

    /// <summary>Members that all need for the first epoch, below which it does not form.</summary>
    public int MinMembers { get; init; } = 1;

    /// <summary>The same of newcomers, which should not begin without the others if these are at another coordinator.</summary>
    public int NewcomersNeed { get; init; } = 1;

    public int Coordinators { get; init; } = 1;

    public required int HeartbeatMs { get; init; }

    /// <summary>Faults, and the kinds that they are drawn from.</summary>
    public required int Faults { get; init; }

    public required IReadOnlyList<FaultKind> Kinds { get; init; }

    /// <summary>Faults that happen besides, once each, whatever the seed.</summary>
    public IReadOnlyList<FaultKind> Certain { get; init; } = [];

    /// <summary>Members go only by leaving, so that what they have returned holds for the others.</summary>
    public bool BindsLeavers { get; init; }

    /// <summary>A coordinator is started again while another one has taken its place.</summary>
    public bool RestartsBesideOthers { get; init; }

    /// <summary>When all faults are over and mended.</summary>
    public required long FaultyMs { get; init; }

    /// <summary>How long all goes on after the faults before programs wish to end.</summary>
    public long RestMs { get; init; } = 2000;

    /// <summary>A loop or a thread until it runs.</summary>
    public required Delay Wake { get; init; }

    /// <summary>A frame on a link.</summary>
    public required Delay Link { get; init; }

    /// <summary>A message between a member and a coordinator.</summary>
    public required Delay Control { get; init; }

    /// <summary>What a program does between its operations.</summary>
    public required Delay Think { get; init; }

    /// <summary>Of the operations; 0: none of their own.</summary>
    public long DeadlineMs { get; init; }

    public OnLate OnLate { get; init; }

    /// <summary>How often a call wants an error in case of a loss, or gives its input up.</summary>
    public double Unrepeatable { get; init; }

    /// <summary>Members are far apart, and what their links carry changes: they are put into other orders at admission points.</summary>
    public bool IsFar { get; init; }

    /// <summary>Operations that a program starts before it waits for them.</summary>
    public int MostInFlight { get; init; } = 3;

    /// <summary>After the faults, how long everything that still goes on may take.</summary>
    public long LimitMs { get; init; } = 150_000;
}
