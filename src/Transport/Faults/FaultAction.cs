namespace Collectives.Transport.Faults;

/// <summary>What happens at a fault point.</summary>
public enum FaultAction
{
    /// <summary>The process ends by SIGKILL.</summary>
    Kill,

    /// <summary>The process stops by SIGSTOP.</summary>
    Stop,

    /// <summary>The test is told, and the member stands still there until it is answered.</summary>
    Tell,

    /// <summary>What runs there throws an exception that nobody expects, as a bug of ours would.</summary>
    Throw,

    /// <summary>A byte of the header of an outgoing frame is changed, after it was sealed.</summary>
    Corrupt,
}
