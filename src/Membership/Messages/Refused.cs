namespace Collectives.Membership.Messages;

/// <summary>What the coordinator does not do, and why, in words for the caller.</summary>
public sealed record Refused(RefusedCode Code, string Text) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Refused;

    internal override void Write(PayloadWriter writer)
    {
        writer.U16((ushort)Code);
        writer.Text(Text, MaxTextByteCount);
    }

    internal static Refused Read(ref PayloadReader reader)
    {
        var code = (RefusedCode)reader.U16();
        return new Refused(code, reader.Text(MaxTextByteCount));
    }
}

/// <summary>The values are those on the wire.</summary>
public enum RefusedCode : ushort
{
    /// <summary>A message that is malformed, or comes at a time when it means nothing. The session ends.</summary>
    Protocol = 1,

    /// <summary>A registration with a field out of its range. The session ends.</summary>
    Registration = 2,

    /// <summary>Too few members of the epoch are here for it to go on; another coordinator of the list may have more. The session ends.</summary>
    NoMajority = 3,

    /// <summary>The members came to their update having started different numbers of operations. It failed for all.</summary>
    Mismatch = 4,
}
