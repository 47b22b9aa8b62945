using System.Collections.Immutable;
using Collectives.Transport;

namespace Collectives.Membership.Topology;

/// <summary>Ways round the members of a group, by their ids, which last longer than ranks.</summary>
internal sealed record MemberOrder(ImmutableArray<MemberRing> Rings)
{
    /// <summary>Shares are told in these.</summary>
    private const double Parts = 1000;

    public static MemberOrder Of(Roster roster)
    {
        ImmutableArray<RosterRing> ways = roster.Ways;
        double parts = ways.Sum(ring => ring.Share);
        return new([.. ways.Select(ring => new MemberRing([.. ring.Order.Select(rank => roster[rank].Id)], ring.Share / parts))]);
    }

    /// <summary>As a roster of these members has it; those that the order lacks come last in each ring.</summary>
    public ImmutableArray<RosterRing> For(ImmutableArray<RosterMember> members)
    {
        if (members.Length is <= 2 or > Roster.MaxRingWorld) return [];
        var ranks = new Dictionary<MemberId, ushort>();
        foreach (RosterMember member in members) ranks.Add(member.Id, (ushort)ranks.Count);
        ImmutableArray<RosterRing> rings = [.. Rings.Select(ring => new RosterRing(
            [.. ring.Order.Where(ranks.ContainsKey).Concat(members.Select(member => member.Id).Except(ring.Order)).Select(id => ranks[id])],
            (ushort)Math.Max(1, Math.Round(ring.Share * Parts))))];
        return rings.Length == 1 && rings[0].IsInRankOrder ? [] : rings;
    }

    // A record would compare the array by reference.
    public bool Equals(MemberOrder? other) => other is not null && Rings.SequenceEqual(other.Rings);

    public override int GetHashCode() => Rings.Length;
}

/// <param name="Share">Of the data; all shares make 1.</param>
internal readonly record struct MemberRing(ImmutableArray<MemberId> Order, double Share)
{
    /// <summary>Whoever comes first, the way round is the same.</summary>
    public bool Equals(MemberRing other)
    {
        if (Math.Abs(Share - other.Share) > 0.01 || Order.Length != other.Order.Length) return false;
        int shift = Order.IndexOf(other.Order[0]);
        if (shift < 0) return false;
        for (int i = 0; i < Order.Length; i++)
        {
            if (Order[(i + shift) % Order.Length] != other.Order[i]) return false;
        }

        return true;
    }

    public override int GetHashCode() => Order.Length;
}
