namespace Collectives.Membership.Messages;

/// <summary>The answer to Register: the member is pending, or still active.</summary>
/// <param name="HeartbeatMs">The silence that both sides now keep to.</param>
/// <param name="Epoch">The group's active epoch, 0 for none. A coordinator that knows less later must not form a first one.</param>
public sealed record Registered(uint HeartbeatMs, ulong Epoch) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Registered;

    internal override void Write(PayloadWriter writer)
    {
        writer.U32(HeartbeatMs);
        writer.U64(Epoch);
    }

    internal static Registered Read(ref PayloadReader reader)
    {
        uint heartbeatMs = reader.U32();
        return new Registered(heartbeatMs, reader.U64());
    }
}

/// <summary>How far the group's first epoch is: members registered, and members needed.</summary>
public sealed record Waiting(uint Present, uint Needed) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Waiting;

    internal override void Write(PayloadWriter writer)
    {
        writer.U32(Present);
        writer.U32(Needed);
    }

    internal static Waiting Read(ref PayloadReader reader)
    {
        uint present = reader.U32();
        return new Waiting(present, reader.U32());
    }
}

/// <summary>
/// A new epoch: connect to these members, then say Ready. It replaces a forming epoch of a lower number.
/// </summary>
/// <param name="DeadlineMs">
/// Time without progress after which the coordinator drops who holds the epoch up. A link that is not up well
/// before is worth an Unreachable.
/// </param>
public sealed record Form(Roster Roster, uint DeadlineMs) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Form;

    internal override void Write(PayloadWriter writer)
    {
        writer.U32(DeadlineMs);
        Roster.Write(writer);
    }

    internal static Form Read(ref PayloadReader reader)
    {
        uint deadlineMs = reader.U32();
        return new Form(Roster.Read(ref reader), deadlineMs);
    }
}

/// <summary>The epoch is the active one: all its members are ready, or an update changed nothing.</summary>
/// <param name="Links">What its members agree on of their links, when it begins; when it goes on unchanged, nothing.</param>
public sealed record Activate(ulong Epoch, LinkTable Links) : ControlMessage
{
    public Activate(ulong epoch)
        : this(epoch, LinkTable.None)
    {
    }

    public override MessageKind Kind => MessageKind.Activate;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Epoch);
        Links.Write(writer);
    }

    internal static Activate Read(ref PayloadReader reader)
    {
        ulong epoch = reader.U64();
        return new Activate(epoch, LinkTable.Read(ref reader));
    }
}

/// <summary>What the active members' next update would change: so many members wait for it, and so does a better order of them all.</summary>
public sealed record PendingChanged(uint Count, bool HasBetterOrder = false) : ControlMessage
{
    public override MessageKind Kind => MessageKind.PendingChanged;

    internal override void Write(PayloadWriter writer)
    {
        writer.U32(Count);
        writer.U8(HasBetterOrder ? (byte)1 : (byte)0);
    }

    internal static PendingChanged Read(ref PayloadReader reader)
    {
        uint count = reader.U32();
        return new PendingChanged(count, reader.U8() != 0);
    }
}

/// <summary>The others go on without the member that reads this.</summary>
public sealed record Evicted(LossReason Reason, string Text) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Evicted;

    internal override void Write(PayloadWriter writer)
    {
        writer.U16((ushort)Reason);
        writer.Text(Text, MaxTextByteCount);
    }

    internal static Evicted Read(ref PayloadReader reader)
    {
        var reason = (LossReason)reader.U16();
        return new Evicted(reason, reader.Text(MaxTextByteCount));
    }
}
