namespace Collectives.Transport;

/// <summary>
/// How a call ended. The values are those of coll_status in collectives.h, so that they pass through every
/// layer and the C boundary unchanged.
/// </summary>
public enum Status
{
    Ok = 0,
    Timeout = 1,
    Pending = 2,

    InvalidArgument = -10,
    InvalidHandle = -11,
    Mismatch = -12,
    Forked = -13,

    PeerLost = -30,
    Evicted = -31,
    Coordinator = -32,
    Refused = -33,
    Deadline = -34,
    Aborted = -35,
    Left = -36,

    OutOfMemory = -50,
    System = -51,

    Internal = -70,
}
