namespace Collectives.Membership;

/// <summary>Why a member is no longer part of its epoch. The values are those on the wire.</summary>
public enum LossReason : ushort
{
    /// <summary>Its connection to the coordinator ended: mostly a process that died.</summary>
    Disconnected = 1,

    /// <summary>Nothing was heard of it for longer than its heartbeat allows.</summary>
    Silent = 2,

    /// <summary>It said that it leaves.</summary>
    Left = 3,

    /// <summary>Other members cannot reach it.</summary>
    Unreachable = 4,

    /// <summary>It did not get ready for an epoch in time while others did.</summary>
    NotReady = 5,

    /// <summary>It came back under the same id without the epoch that it was active in.</summary>
    Restarted = 6,

    /// <summary>It had not called an operation when the others' deadline had passed.</summary>
    Late = 7,
}
