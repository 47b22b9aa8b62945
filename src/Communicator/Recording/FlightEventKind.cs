namespace Collectives.Communication.Recording;

/// <summary>What a flight recorder keeps. In dumps and logs the names stand with underscores.</summary>
internal enum FlightEventKind : byte
{
    None = 0,

    OperationBegun,
    OperationCommitted,
    OperationFailed,

    /// <summary>After a loss it begins again from its input.</summary>
    OperationRunAgain,

    /// <summary>After a loss it goes on to the end with the result that some member holds.</summary>
    OperationForward,

    /// <summary>A call that was answered with an error before it became an operation.</summary>
    OperationRefused,

    LaneOpened,
    LaneBroken,
    LinkUp,

    /// <summary>Its last lane has broken; it is being made again.</summary>
    LinkDown,

    LinkLost,

    EpochForming,
    EpochActive,

    /// <summary>Members were lost: operations stand still until it is said how the epoch goes on, under that number at least.</summary>
    EpochSettling,

    MemberLost,

    /// <summary>The number of members that wait for the next update has changed.</summary>
    PendingChanged,

    CoordinatorLost,
    CoordinatorBack,
    CoordinatorRefused,

    /// <summary>The others have gone on without this member.</summary>
    Evicted,

    /// <summary>Every operation, in flight and to come, ends with an error from here on.</summary>
    OperationsClosed,
}
