namespace Collectives.Transport.Wire;

/// <summary>What a frame is for. docs/wire.md has the fields that each kind uses.</summary>
public enum FrameKind : byte
{
    /// <summary>A segment of an operation's buffer follows.</summary>
    Segment = 1,

    /// <summary>"I have begun this operation": the receiver may send it more than the eager limit.</summary>
    Begin = 2,

    /// <summary>"I hold the whole result" (and, in later rounds, so do those that told me).</summary>
    Done = 3,

    /// <summary>"I called this operation differently": the signature of the sender's call follows.</summary>
    Refuse = 4,

    /// <summary>Carries nothing but the count of received frames.</summary>
    Acknowledge = 5,

    /// <summary>"Send me these parts of the result, which you hold": a bitmap of its segments follows.</summary>
    Fetch = 6,

    /// <summary>"I have given this operation up, and will never hold its result": the status of its end follows.</summary>
    GiveUp = 7,

    /// <summary>Means nothing: sent to see what the link carries, and thrown away.</summary>
    Filler = 8,
}
