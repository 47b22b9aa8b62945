using System.Collections.Immutable;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership;

/// <summary>The members of an epoch in the order of their ranks. Never changes; a change is a new epoch.</summary>
/// <param name="FirstOperation">The number that the epoch's first operation has, the same on all members.</param>
public sealed record Roster(ulong Epoch, ImmutableArray<RosterMember> Members, ulong FirstOperation)
{
    /// <summary>Most members that an epoch can have: it bounds the message that announces it.</summary>
    public const int MaxMembers = 4096;

    private const int SmallestMemberByteCount = MemberId.ByteCount + 2 + 2;

    public int World => Members.Length;

    public RosterMember this[int rank] => Members[rank];

    /// <summary>The member's rank, or -1 if the roster does not have it.</summary>
    public int RankOf(MemberId member)
    {
        for (int rank = 0; rank < Members.Length; rank++)
            if (Members[rank].Id == member)
                return rank;
        return -1;
    }

    internal void Write(PayloadWriter writer)
    {
        writer.U64(Epoch);
        writer.U64(FirstOperation);
        writer.U32((uint)World);
        foreach (RosterMember member in Members)
        {
            writer.Member(member.Id);
            writer.U16((ushort)member.Port);
            writer.Text(member.Host, ControlMessage.MaxHostByteCount);
        }
    }

    internal static Roster Read(ref PayloadReader reader)
    {
        ulong epoch = reader.U64();
        ulong firstOperation = reader.U64();
        var members = ImmutableArray.CreateBuilder<RosterMember>(reader.Count(MaxMembers, SmallestMemberByteCount));
        while (members.Count < members.Capacity)
        {
            MemberId id = reader.Member();
            ushort port = reader.U16();
            members.Add(new RosterMember(id, reader.Text(ControlMessage.MaxHostByteCount), port));
        }

        return new Roster(epoch, members.MoveToImmutable(), firstOperation);
    }

    // A record would compare and print the array by reference.
    public bool Equals(Roster? other) =>
        other is not null && Epoch == other.Epoch && FirstOperation == other.FirstOperation && Members.SequenceEqual(other.Members);

    public override int GetHashCode() => HashCode.Combine(Epoch, FirstOperation, Members.Length);

    public override string ToString() => $"epoch {Epoch}: {string.Join(", ", Members.Take(16))}{(World > 16 ? $" and {World - 16} more" : "")}";
}
