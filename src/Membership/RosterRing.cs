using System.Collections.Immutable;
using Collectives.Membership.Messages;

namespace Collectives.Membership;

/// <summary>A way round all members of a roster: each sends to the next one, and the last to the first.</summary>
/// <param name="Order">All ranks, each once.</param>
/// <param name="Share">Of the data, in proportion to the shares of the roster's other rings; at least 1.</param>
public readonly record struct RosterRing(ImmutableArray<ushort> Order, ushort Share)
{
    /// <summary>The way that is taken where none is given.</summary>
    public static RosterRing InRankOrder(int world) => new([.. Enumerable.Range(0, world).Select(rank => (ushort)rank)], 1);

    /// <summary>The place of each rank in the order.</summary>
    public int PlaceOf(int rank) => Order.IndexOf((ushort)rank);

    public int RankAt(int place) => Order[place];

    /// <summary>Whoever comes first.</summary>
    public bool IsInRankOrder
    {
        get
        {
            for (int place = 1; place < Order.Length; place++)
                if (Order[place] != (Order[place - 1] + 1) % Order.Length) return false;
            return true;
        }
    }

    internal void Write(PayloadWriter writer)
    {
        writer.U16(Share);
        foreach (ushort rank in Order) writer.U16(rank);
    }

    /// <summary>Null for what goes round some member twice, or not at all.</summary>
    internal static RosterRing? Read(ref PayloadReader reader, int world)
    {
        ushort share = reader.U16();
        var order = ImmutableArray.CreateBuilder<ushort>(world);
        var seen = new bool[world];
        while (order.Count < world)
        {
            ushort rank = reader.U16();
            if (rank >= world || seen[rank]) return null;
            seen[rank] = true;
            order.Add(rank);
        }

        return share == 0 ? null : new RosterRing(order.MoveToImmutable(), share);
    }

    /// <summary>The same way without some of the ranks, and with new ones for those that are left.</summary>
    /// <param name="newRanks">By old rank; -1: left out.</param>
    internal RosterRing Without(int[] newRanks) =>
        new([.. Order.Where(rank => newRanks[rank] >= 0).Select(rank => (ushort)newRanks[rank])], Share);

    // A record would compare the array by reference.
    public bool Equals(RosterRing other) => Share == other.Share && Order.AsSpan().SequenceEqual(other.Order.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Share, Order.IsDefault ? 0 : Order.Length);

    /// <summary>"0 2 1 3".</summary>
    public override string ToString() => string.Join(' ', Order);
}
