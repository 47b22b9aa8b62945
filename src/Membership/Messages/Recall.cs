namespace Collectives.Membership.Messages;

/// <summary>"I don't know the epoch that you are active in: tell me." From a coordinator that was started later.</summary>
public sealed record Recall(ulong Epoch) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Recall;

    internal override void Write(PayloadWriter writer) => writer.U64(Epoch);

    internal static Recall Read(ref PayloadReader reader) => new(reader.U64());
}

/// <summary>The answer to <see cref="Recall"/>: all that a coordinator must know of the epoch that the member is active in.</summary>
/// <param name="Roster">With what its members agree on of their links.</param>
/// <param name="HasFailures">Operations of it have failed for losses, so that members may have made different numbers of calls.</param>
/// <param name="Verdict">What it began with, if not with Activate: members that have missed it are told.</param>
public sealed record Recalled(Roster Roster, ulong Previous, bool HasFailures, Verdict? Verdict) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Recalled;

    internal override void Write(PayloadWriter writer)
    {
        Roster.Write(writer);
        Roster.Links.Write(writer);
        writer.U64(Previous);
        writer.U8(HasFailures ? (byte)1 : (byte)0);
        writer.U8(Verdict is null ? (byte)0 : (byte)1);
        Verdict?.Write(writer);
    }

    internal static Recalled Read(ref PayloadReader reader)
    {
        Roster roster = Roster.Read(ref reader);
        var links = LinkTable.Read(ref reader);
        if (links.World != 0 && links.World != roster.World) reader.Fail();
        ulong previous = reader.U64();
        bool hasFailures = reader.U8() != 0;
        bool hasVerdict = reader.U8() != 0;
        return new Recalled(roster with { Links = links }, previous, hasFailures, hasVerdict ? Verdict.Read(ref reader) : null);
    }
}
