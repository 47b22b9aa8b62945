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

    /// <summary>Rings are given for worlds up to this, in which every member has a link to every other one.</summary>
    public const int MaxRingWorld = 32;

    public const int MaxRings = 8;

    private const int SmallestMemberByteCount = MemberId.ByteCount + 2 + 2;

    public int World => Members.Length;

    /// <summary>The ways that ring algorithms take, and how they divide the data; empty: one, in the order of ranks.</summary>
    public ImmutableArray<RosterRing> Rings { get; init; } = [];

    /// <summary>The same, with the order of ranks as a ring where there is no other.</summary>
    public ImmutableArray<RosterRing> Ways => Rings.IsEmpty ? [RosterRing.InRankOrder(World)] : Rings;

    /// <summary>What the members agree on of their links, once the epoch has begun.</summary>
    public LinkTable Links { get; init; } = LinkTable.None;

    public RosterMember this[int rank] => Members[rank];

    /// <summary>The member's rank, or -1 if the roster does not have it.</summary>
    public int RankOf(MemberId member)
    {
        for (int rank = 0; rank < Members.Length; rank++)
            if (Members[rank].Id == member)
                return rank;
        return -1;
    }

    /// <summary>What is left when members are lost, in the same order of ranks, and round the same ways.</summary>
    public Roster Without(Func<MemberId, bool> isLost)
    {
        var newRanks = new int[World];
        int left = 0;
        for (int rank = 0; rank < World; rank++) newRanks[rank] = isLost(Members[rank].Id) ? -1 : left++;
        // Between two members there is one way only.
        return this with
        {
            Members = [.. Members.Where((_, rank) => newRanks[rank] >= 0)],
            Rings = left <= 2 ? [] : [.. Rings.Select(ring => ring.Without(newRanks))],
            Links = Links.Without(newRanks),
        };
    }

    /// <summary>As it forms: what its members agree on of their links is not known before they have them.</summary>
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

        writer.U16((ushort)Rings.Length);
        foreach (RosterRing ring in Rings) ring.Write(writer);
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

        int world = members.Count, count = reader.U16();
        if (count > MaxRings || (count > 0 && world > MaxRingWorld)) reader.Fail();
        var rings = ImmutableArray.CreateBuilder<RosterRing>();
        while (rings.Count < count && !reader.Failed)
        {
            if (RosterRing.Read(ref reader, world) is { } ring) rings.Add(ring);
            else reader.Fail();
        }

        return new Roster(epoch, members.MoveToImmutable(), firstOperation) { Rings = rings.ToImmutable() };
    }

    // A record would compare and print the array by reference.
    public bool Equals(Roster? other) =>
        other is not null && Epoch == other.Epoch && FirstOperation == other.FirstOperation && Members.SequenceEqual(other.Members)
        && Rings.SequenceEqual(other.Rings) && Links.Equals(other.Links);

    public override int GetHashCode() => HashCode.Combine(Epoch, FirstOperation, Members.Length);

    public override string ToString() =>
        $"epoch {Epoch}: {string.Join(", ", Members.Take(16))}{(World > 16 ? $" and {World - 16} more" : "")}"
        + (Rings.IsEmpty ? "" : $"; {(Rings.Length == 1 ? "ring" : "rings")} {string.Join(" and ", Rings)}");
}
