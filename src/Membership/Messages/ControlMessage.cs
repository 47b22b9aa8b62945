namespace Collectives.Membership.Messages;

/// <summary>What member and coordinator say to each other. Each message is an immutable value that writes itself.</summary>
public abstract record ControlMessage
{
    /// <summary>Longest text of a reason or a refusal, in bytes of UTF-8.</summary>
    public const int MaxTextByteCount = 1024;

    /// <summary>Longest host, in bytes: a domain name has at most 253, and an address with its zone fewer.</summary>
    public const int MaxHostByteCount = 255;

    public abstract MessageKind Kind { get; }

    internal abstract void Write(PayloadWriter writer);
}

/// <summary>"I am here." Sent by both sides every third of the agreed silence.</summary>
public sealed record Heartbeat : ControlMessage
{
    public static readonly Heartbeat Instance = new();

    public override MessageKind Kind => MessageKind.Heartbeat;

    internal override void Write(PayloadWriter writer)
    {
    }
}
