namespace Collectives.Membership.Session;

public enum SessionPhase
{
    /// <summary>All coordinators of the list have failed; the first one is dialed again after a pause.</summary>
    Resting,

    /// <summary>A connection is being made, or the handshake is under way.</summary>
    Dialing,

    /// <summary>Register was sent.</summary>
    Registering,

    /// <summary>The coordinator has this member.</summary>
    Attached,

    /// <summary>Left, evicted, or never came about.</summary>
    Ended,
}
