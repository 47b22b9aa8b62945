using Collectives.Communication;
using Collectives.Simulation.Tests.Faults;
using Collectives.Simulation.Tests.Time;

namespace Collectives.Simulation.Tests;

/// <summary>The kinds of runs; each draws its particulars from the seed.</summary>
internal static class Shapes
{
    public static readonly IReadOnlyDictionary<string, Func<Timeline, Shape>> All = new Dictionary<string, Func<Timeline, Shape>>
    {
        ["few"] = Few,
        ["faults"] = ManyFaults,
        ["standby"] = Standby,
        ["newcomers"] = Newcomers,
        ["late"] = Late,
        ["crowd"] = Crowd,
        ["wide"] = Wide,
        ["leavers"] = Leavers,
        ["deaths"] = Deaths,
    };

    /// <summary>Three members, of which some die, and a busy machine.</summary>
    private static Shape Few(Timeline timeline) => Usual(timeline) with
    {
        Name = "few",
        Members = 3,
        MinMembers = 3,
        Faults = timeline.Random.Next(1, 5),
        Kinds = [FaultKind.Kill, FaultKind.KillAmid, FaultKind.KillAmid, FaultKind.Exit, FaultKind.Leave, FaultKind.CutSession, FaultKind.CutLink, FaultKind.Slow],
    };

    /// <summary>Whatever can happen to members of a single coordinator, which is started anew as well.</summary>
    private static Shape ManyFaults(Timeline timeline) => Usual(timeline) with
    {
        Name = "faults",
        Members = timeline.Random.Next(3, 9),
        MinMembers = timeline.Random.Next(1, 4),
        Faults = timeline.Random.Next(3, 12),
        Kinds = [FaultKind.Kill, FaultKind.KillAmid, FaultKind.KillAmid, FaultKind.Exit, FaultKind.Leave, FaultKind.CutSession, FaultKind.CutSession, FaultKind.CutLink, FaultKind.Slow, FaultKind.Vanish,
            FaultKind.Stop, FaultKind.CrashCoordinator, FaultKind.StopCoordinator, FaultKind.PauseCoordinator, FaultKind.Join, FaultKind.Join],
        Unrepeatable = timeline.Chance(0.3) ? 0.1 : 0,
    };

    /// <summary>Coordinators that take each other's place, and parts of the group that do not reach each other.</summary>
    private static Shape Standby(Timeline timeline)
    {
        // With fewer, two first epochs could form at two coordinators that members reach at the beginning.
        int members = timeline.Random.Next(3, 8);
        return Usual(timeline) with
        {
            Name = "standby",
            Members = members,
            MinMembers = members / 2 + 1,
            NewcomersNeed = 2 * members + 8,
            Coordinators = timeline.Random.Next(2, 4),
            // Partitions that last until both sides have noticed.
            HeartbeatMs = timeline.Pick([400, 1000]),
            FaultyMs = timeline.Random.Next(4000, 20_000),
            Faults = timeline.Random.Next(2, 8),
            Kinds = [FaultKind.Kill, FaultKind.KillAmid, FaultKind.CutSession, FaultKind.CutLink, FaultKind.Stop, FaultKind.Partition, FaultKind.Partition, FaultKind.CrashCoordinator, FaultKind.Join],
        };
    }

    /// <summary>
    /// Newcomers that would begin alone, and coordinators that come and go: whoever arrives where nobody is led must not begin
    /// beside the others. No partitions: who cannot reach the coordinator that leads the others cannot know of them.
    /// </summary>
    private static Shape Newcomers(Timeline timeline)
    {
        int members = timeline.Random.Next(3, 8);
        return Usual(timeline) with
        {
            Name = "newcomers",
            Members = members,
            MinMembers = members / 2 + 1,
            Coordinators = timeline.Random.Next(2, 4),
            RestartsBesideOthers = true,
            Faults = timeline.Random.Next(3, 12),
            Kinds = [FaultKind.Kill, FaultKind.Leave, FaultKind.CutSession, FaultKind.CutLink, FaultKind.CrashCoordinator, FaultKind.CrashCoordinator,
                FaultKind.StopCoordinator, FaultKind.Join, FaultKind.Join, FaultKind.Join],
        };
    }

    /// <summary>Deadlines, and members that are stopped beyond them.</summary>
    private static Shape Late(Timeline timeline) => Usual(timeline) with
    {
        Name = "late",
        Members = timeline.Random.Next(3, 7),
        MinMembers = 3,
        Faults = timeline.Random.Next(2, 7),
        Kinds = [FaultKind.Stop, FaultKind.Stop, FaultKind.Slow, FaultKind.Kill, FaultKind.KillAmid, FaultKind.CutSession, FaultKind.CutLink, FaultKind.CrashCoordinator],
        DeadlineMs = timeline.Random.Next(300, 2000),
        OnLate = timeline.Pick([OnLate.Wait, OnLate.Evict, OnLate.Proceed]),
        HeartbeatMs = 3000,
    };

    /// <summary>Hundreds of members that come and go, and a coordinator that is started anew.</summary>
    private static Shape Crowd(Timeline timeline) => Usual(timeline) with
    {
        Name = "crowd",
        Members = timeline.Random.Next(200, 260),
        MinMembers = 200,
        HeartbeatMs = 3000,
        Faults = timeline.Random.Next(8, 16),
        Certain = [FaultKind.CrashCoordinator],
        Kinds = [FaultKind.Kill, FaultKind.Kill, FaultKind.Leave, FaultKind.Join, FaultKind.Join, FaultKind.CutSession, FaultKind.CutLink, FaultKind.CrashCoordinator],
        FaultyMs = 5000,
        Think = new Delay(20_000, 200_000, 0, 200_000),
        MostInFlight = 1,
        IsFar = false,
    };

    /// <summary>More members than have links with all others: what goes from one to another comes by some of the rest.</summary>
    private static Shape Wide(Timeline timeline) => Usual(timeline) with
    {
        Name = "wide",
        Members = timeline.Random.Next(33, 38),
        MinMembers = 33,
        HeartbeatMs = 3000,
        Faults = timeline.Random.Next(2, 7),
        Kinds = [FaultKind.Kill, FaultKind.KillAmid, FaultKind.KillAmid, FaultKind.Leave, FaultKind.CutSession, FaultKind.CutLink, FaultKind.Join],
        FaultyMs = timeline.Random.Next(500, 2500),
        Think = new Delay(5_000, 100_000, 0, 100_000),
        IsFar = false,
    };

    /// <summary>Members that leave as soon as they have returned, while the others still wait for each other's word.</summary>
    private static Shape Leavers(Timeline timeline) => Usual(timeline) with
    {
        Name = "leavers",
        Members = timeline.Random.Next(3, 14),
        MinMembers = 3,
        BindsLeavers = true,
        Faults = timeline.Random.Next(3, 9),
        Kinds = [FaultKind.Leave, FaultKind.Leave, FaultKind.Leave, FaultKind.Slow, FaultKind.Join],
        HeartbeatMs = 3000,
        FaultyMs = timeline.Random.Next(500, 3000),
    };

    /// <summary>Short runs in which member after member dies in the middle of something.</summary>
    private static Shape Deaths(Timeline timeline) => Usual(timeline) with
    {
        Name = "deaths",
        Members = timeline.Random.Next(3, 13),
        MinMembers = 3,
        Faults = timeline.Random.Next(3, 12),
        Kinds = [FaultKind.KillAmid, FaultKind.KillAmid, FaultKind.KillAmid, FaultKind.Kill, FaultKind.CutLink, FaultKind.Slow, FaultKind.CutSession],
        Unrepeatable = timeline.Chance(0.3) ? 0.1 : 0,
        FaultyMs = timeline.Random.Next(200, 1200),
        RestMs = 100,
        IsFar = false,
    };

    private static Shape Usual(Timeline timeline)
    {
        Shape shape = Near(timeline);
        // Another order takes some seconds to be found, and faults are to come after that as well.
        return timeline.Chance(0.5) ? shape : shape with { IsFar = true, FaultyMs = timeline.Random.Next(4000, 15_000) };
    }

    private static Shape Near(Timeline timeline) => new()
    {
        Name = "",
        Members = 0,
        HeartbeatMs = timeline.Pick([400, 1000, 3000]),
        Faults = 0,
        Kinds = [],
        FaultyMs = timeline.Random.Next(1000, 8000),
        Wake = timeline.Chance(0.5) ? new Delay(0, 30, 0.02, 3_000) : new Delay(0, 2_000, 0.05, 40_000),
        Link = timeline.Chance(0.5) ? new Delay(20, 200, 0.02, 5_000) : new Delay(20, 5_000, 0.05, 60_000),
        Control = timeline.Chance(0.5) ? new Delay(50, 400, 0.02, 5_000) : new Delay(50, 10_000, 0.05, 100_000),
        Think = new Delay(0, 20_000, 0.05, 300_000),
    };
}
