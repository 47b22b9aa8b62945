using System.Collections.Immutable;
using Collectives.Transport;

namespace Collectives.Membership.Messages;

/// <summary>What is to become of members that keep an operation waiting beyond its deadline. The values are those on the wire.</summary>
public enum LatePolicy : byte
{
    /// <summary>Nothing: the member that asks holds the result, and only wants to know how the others have ended.</summary>
    Ask = 0,

    /// <summary>The others go on without them, in this operation and from then on.</summary>
    Evict = 1,

    /// <summary>The others go on without them in this operation.</summary>
    Proceed = 2,
}

/// <summary>An operation has passed its deadline, and its caller wants to go on without those that have not called it.</summary>
/// <param name="Run">The epoch that it runs in there: a ruling of a higher number is not known there yet.</param>
/// <param name="MinParticipants">With fewer it fails instead.</param>
/// <param name="Text">Whom it waits for, in words.</param>
public sealed record Late(ulong Epoch, OperationName Name, ulong Run, LatePolicy Policy, uint MinParticipants, string Text) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Late;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Epoch);
        Name.Write(writer);
        writer.U64(Run);
        writer.U8((byte)Policy);
        writer.U32(MinParticipants);
        writer.Text(Text, MaxTextByteCount);
    }

    internal static Late Read(ref PayloadReader reader)
    {
        ulong epoch = reader.U64();
        OperationName name = OperationName.Read(ref reader);
        ulong run = reader.U64();
        var policy = (LatePolicy)reader.U8();
        uint minParticipants = reader.U32();
        return new Late(epoch, name, run, policy, minParticipants, reader.Text(MaxTextByteCount));
    }
}

/// <summary>That operation stands still from now on; the reader says how far it came.</summary>
/// <param name="Number">Of the inquiry; an operation that runs again after it runs in an epoch of that number.</param>
public sealed record Inquire(ulong Number, OperationName Name) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Inquire;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Number);
        Name.Write(writer);
    }

    internal static Inquire Read(ref PayloadReader reader)
    {
        ulong number = reader.U64();
        return new Inquire(number, OperationName.Read(ref reader));
    }
}

/// <summary>The answer to <see cref="Inquire"/>.</summary>
public sealed record Inquired(ulong Number, OperationProgress Progress) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Inquired;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Number);
        writer.U8((byte)Progress);
    }

    internal static Inquired Read(ref PayloadReader reader)
    {
        ulong number = reader.U64();
        return new Inquired(number, (OperationProgress)reader.U8());
    }
}

/// <summary>The values are those on the wire.</summary>
public enum RulingOutcome : byte
{
    /// <summary>It goes on to the end with the result that some member holds.</summary>
    Forward = 1,

    /// <summary>It fails on all members.</summary>
    Fail = 2,

    /// <summary>It runs again without those that are left out; they get its result when they call it.</summary>
    WithoutLate = 3,
}

/// <summary>What follows from an inquiry, for all members.</summary>
/// <param name="LeftOut">Members that had not called the operation.</param>
public sealed record Ruling(ulong Number, OperationName Name, RulingOutcome Outcome, ImmutableArray<MemberId> LeftOut, string Text) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Ruling;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Number);
        Name.Write(writer);
        writer.U8((byte)Outcome);
        writer.U32((uint)LeftOut.Length);
        foreach (MemberId member in LeftOut) writer.Member(member);
        writer.Text(Text, MaxTextByteCount);
    }

    internal static Ruling Read(ref PayloadReader reader)
    {
        ulong number = reader.U64();
        OperationName name = OperationName.Read(ref reader);
        var outcome = (RulingOutcome)reader.U8();
        var leftOut = ImmutableArray.CreateBuilder<MemberId>(reader.Count(Roster.MaxMembers, MemberId.ByteCount));
        while (leftOut.Count < leftOut.Capacity) leftOut.Add(reader.Member());
        return new Ruling(number, name, outcome, leftOut.MoveToImmutable(), reader.Text(MaxTextByteCount));
    }
}
