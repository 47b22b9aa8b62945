using System.Collections.Immutable;
using Collectives.Transport;

namespace Collectives.Membership.Messages;

/// <summary>
/// What a member sees of its links and of its operations in flight. It follows a heartbeat, and only if something
/// has changed since the last one; no collective waits for it. The coordinator decides nothing by it but the order of the members.
/// </summary>
/// <param name="Work">What its operations have done in all.</param>
public sealed record Report(ImmutableArray<LinkReport> Links, ImmutableArray<OperationReport> Operations, WorkReport Work = default) : ControlMessage
{
    /// <summary>Links beyond it are left out; a member of the largest roster has fewer.</summary>
    public const int MaxLinks = 128;

    /// <summary>The oldest operations are told of.</summary>
    public const int MaxOperations = 32;

    public const int MaxPayload = WorkReport.ByteCount + 4 + (MaxLinks * LinkReport.MaxByteCount) + 4 + (MaxOperations * OperationReport.MaxByteCount);

    /// <summary>What a member has told that has told nothing yet.</summary>
    public static readonly Report Empty = new([], []);

    public override MessageKind Kind => MessageKind.Report;

    internal override void Write(PayloadWriter writer)
    {
        Work.Write(writer);
        writer.U32((uint)Links.Length);
        foreach (LinkReport link in Links) link.Write(writer);
        writer.U32((uint)Operations.Length);
        foreach (OperationReport operation in Operations) operation.Write(writer);
    }

    internal static Report Read(ref PayloadReader reader)
    {
        WorkReport work = WorkReport.Read(ref reader);
        var links = ImmutableArray.CreateBuilder<LinkReport>(reader.Count(MaxLinks, LinkReport.MinByteCount));
        while (links.Count < links.Capacity) links.Add(LinkReport.Read(ref reader));
        var operations = ImmutableArray.CreateBuilder<OperationReport>(reader.Count(MaxOperations, OperationReport.MinByteCount));
        while (operations.Count < operations.Capacity) operations.Add(OperationReport.Read(ref reader));
        return new Report(links.MoveToImmutable(), operations.MoveToImmutable(), work);
    }

    /// <summary>Whether it tells what the other one tells. Operations grow older by themselves.</summary>
    public bool SaysTheSameAs(Report other) =>
        Work == other.Work
        && Links.SequenceEqual(other.Links)
        && Operations.Select(one => one with { AgeMs = 0 }).SequenceEqual(other.Operations.Select(one => one with { AgeMs = 0 }));

    // A record would compare the arrays by reference.
    public bool Equals(Report? other) =>
        other is not null && Work == other.Work && Links.SequenceEqual(other.Links) && Operations.SequenceEqual(other.Operations);

    public override int GetHashCode() => HashCode.Combine(Links.Length, Operations.Length);
}

/// <summary>What a member's operations have done since it joined: what an order of members is judged by.</summary>
/// <param name="Bytes">Sent for operations, headers included.</param>
/// <param name="Ms">Time in which at least one large operation was in flight.</param>
public readonly record struct WorkReport(ulong Bytes, ulong Ms)
{
    internal const int ByteCount = 16;

    internal void Write(PayloadWriter writer)
    {
        writer.U64(Bytes);
        writer.U64(Ms);
    }

    internal static WorkReport Read(ref PayloadReader reader)
    {
        ulong bytes = reader.U64();
        return new WorkReport(bytes, reader.U64());
    }
}

/// <summary>A link, from one of its ends.</summary>
/// <param name="Lanes">Open lanes.</param>
/// <param name="TxBytes">Since the link was made, headers included.</param>
/// <param name="RoundTripUs">The kernel's smoothed round trip time; 0 if unknown.</param>
/// <param name="Rate">Bytes per second that it can send to the peer, as last measured while there was enough to send; 0: not known.</param>
public readonly record struct LinkReport(
    MemberId Peer, ushort Lanes, ulong TxBytes, ulong RxBytes, uint RoundTripUs, ulong Rate, string CongestionControl)
{
    /// <summary>The kernel's names have at most 15.</summary>
    public const int MaxControlByteCount = 16;

    internal const int MinByteCount = MemberId.ByteCount + 2 + 8 + 8 + 4 + 8 + 2;
    internal const int MaxByteCount = MinByteCount + MaxControlByteCount;

    internal void Write(PayloadWriter writer)
    {
        writer.Member(Peer);
        writer.U16(Lanes);
        writer.U64(TxBytes);
        writer.U64(RxBytes);
        writer.U32(RoundTripUs);
        writer.U64(Rate);
        writer.Text(CongestionControl, MaxControlByteCount);
    }

    internal static LinkReport Read(ref PayloadReader reader)
    {
        MemberId peer = reader.Member();
        ushort lanes = reader.U16();
        ulong tx = reader.U64();
        ulong rx = reader.U64();
        uint roundTripUs = reader.U32();
        ulong rate = reader.U64();
        return new LinkReport(peer, lanes, tx, rx, roundTripUs, rate, reader.Text(MaxControlByteCount));
    }
}

/// <summary>An operation in flight, as one of its members sees it.</summary>
/// <param name="Number">As on frames: with bit 63 set, the tag and its occurrence.</param>
/// <param name="Call">"all_reduce(count 1000, f32, sum)".</param>
/// <param name="Bytes">Of the member's buffer.</param>
/// <param name="ReceivedBytes">For this operation so far, headers included.</param>
/// <param name="WaitsFor">The member that has to do something next; none if that is this member itself.</param>
/// <param name="Progress">The phase, and how far it is, in words.</param>
public readonly record struct OperationReport(
    ulong Epoch, ulong Number, ulong Bytes, ulong ReceivedBytes, uint AgeMs, MemberId WaitsFor, string Call, string Progress)
{
    public const int MaxCallByteCount = 128;
    public const int MaxProgressByteCount = 384;

    internal const int MinByteCount = (4 * 8) + 4 + MemberId.ByteCount + 2 + 2;
    internal const int MaxByteCount = MinByteCount + MaxCallByteCount + MaxProgressByteCount;

    internal void Write(PayloadWriter writer)
    {
        writer.U64(Epoch);
        writer.U64(Number);
        writer.U64(Bytes);
        writer.U64(ReceivedBytes);
        writer.U32(AgeMs);
        writer.Member(WaitsFor);
        writer.Text(Call, MaxCallByteCount);
        writer.Text(Progress, MaxProgressByteCount);
    }

    internal static OperationReport Read(ref PayloadReader reader)
    {
        ulong epoch = reader.U64();
        ulong number = reader.U64();
        ulong bytes = reader.U64();
        ulong received = reader.U64();
        uint ageMs = reader.U32();
        MemberId waitsFor = reader.Member();
        string call = reader.Text(MaxCallByteCount);
        return new OperationReport(epoch, number, bytes, received, ageMs, waitsFor, call, reader.Text(MaxProgressByteCount));
    }
}
