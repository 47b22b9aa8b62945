namespace Collectives.Simulation.Tests.Faults;

internal enum FaultKind
{
    /// <summary>A process is gone; its connections say so.</summary>
    Kill,

    /// <summary>A process is gone at some moment of its next operations.</summary>
    KillAmid,

    /// <summary>A machine is gone, and nothing says so.</summary>
    Vanish,

    /// <summary>A program ends after its next operation without a word.</summary>
    Exit,

    /// <summary>A member leaves after its next operation.</summary>
    Leave,

    /// <summary>A process is stopped for a while.</summary>
    Stop,

    /// <summary>A process is slow for a while.</summary>
    Slow,

    /// <summary>The connection of two members breaks.</summary>
    CutLink,

    /// <summary>The connection of a member with its coordinator breaks.</summary>
    CutSession,

    /// <summary>Some machines reach the others no more for a while.</summary>
    Partition,

    /// <summary>The coordinator is gone, and started anew some time later.</summary>
    CrashCoordinator,

    /// <summary>The coordinator is asked to stop, and started anew some time later.</summary>
    StopCoordinator,

    /// <summary>The coordinator's process is stopped for a while.</summary>
    PauseCoordinator,

    /// <summary>A newcomer.</summary>
    Join,
}
