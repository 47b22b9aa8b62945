namespace Collectives.Membership.Messages;

/// <summary>The control messages. The values are those on the wire; the upper half goes to members.</summary>
public enum MessageKind : ushort
{
    Heartbeat = 1,

    Register = 16,
    Ready = 17,
    Unreachable = 18,
    Update = 19,
    Leave = 20,
    Settled = 21,
    Recalled = 22,
    Late = 23,
    Inquired = 24,
    Links = 25,
    Probed = 26,
    Report = 32,

    Registered = 128,
    Waiting = 129,
    Form = 130,
    Activate = 131,
    PendingChanged = 132,
    Settle = 133,
    Evicted = 134,
    Refused = 135,
    Verdict = 136,
    Recall = 137,
    Inquire = 138,
    Ruling = 139,
    Relay = 140,
    Probe = 141,

    StatusPage = 144,
}
