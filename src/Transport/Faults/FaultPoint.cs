namespace Collectives.Transport.Faults;

/// <summary>Moments of a member's life at which a test may have something happen to it, in their order.</summary>
public enum FaultPoint
{
    /// <summary>A coordinator has taken the member; it waits to be admitted.</summary>
    Registered,

    /// <summary>It has heard of an epoch that forms, and has made no link for it yet.</summary>
    Forming,

    /// <summary>Its links are up; the coordinator does not know yet.</summary>
    Ready,

    /// <summary>It has switched over to the epoch that was formed.</summary>
    Active,

    /// <summary>It has asked for an update.</summary>
    Updating,

    /// <summary>An operation is about to run, for the first time or again: nothing of it has been sent.</summary>
    Begun,

    /// <summary>A partial sum (ring) or another member's input (exchange) has been added to the operation.</summary>
    Reduce,

    /// <summary>A piece of the result has come, in the ordinary way or by a repair.</summary>
    Result,

    /// <summary>It holds the whole result and has not said so.</summary>
    Whole,

    /// <summary>It holds the whole result, and hears that another member does.</summary>
    Done,

    /// <summary>The operation has ended well here; what was said of it last may not have left yet.</summary>
    Ended,

    /// <summary>It hears that members are lost; its operations still run.</summary>
    Settling,

    /// <summary>It has said how far its operations came.</summary>
    Settled,

    /// <summary>It hears how they go on, and has not followed it.</summary>
    Verdict,

    /// <summary>Its operations go on, or have failed.</summary>
    Resumed,
}
