using System.Collections.Immutable;
using Collectives.Membership.Messages;

namespace Collectives.Membership;

/// <summary>
/// What the members of an epoch agree on of their links: round trips and rates, by rank and to two digits. The epoch begins with it, and it
/// stays as it is until the next admission point, so that whatever is decided by it is decided alike everywhere. Loses members with
/// the epoch.
/// </summary>
public sealed class LinkTable : IEquatable<LinkTable>
{
    /// <summary>Nothing is known: of large worlds, and of those whose members told nothing.</summary>
    public static readonly LinkTable None = new(0, [], []);

    private readonly ImmutableArray<Quantity> _roundTripsUs; // of each pair, the lower rank first
    private readonly ImmutableArray<Quantity> _rates; // of each direction, row by row by sender

    private LinkTable(int world, ImmutableArray<Quantity> roundTripsUs, ImmutableArray<Quantity> rates) =>
        (World, _roundTripsUs, _rates) = (world, roundTripsUs, rates);

    /// <summary>Members; 0: nothing is known.</summary>
    public int World { get; }

    /// <param name="roundTripUs">Of two ranks, the lower one first; 0: not known.</param>
    /// <param name="bytesPerSecond">From one rank to another; 0: not known.</param>
    public static LinkTable Of(int world, Func<int, int, double> roundTripUs, Func<int, int, double> bytesPerSecond)
    {
        if (world is < 2 or > Roster.MaxRingWorld) return None;
        ImmutableArray<Quantity> roundTrips = [.. Pairs(world).Select(pair => Quantity.Of(roundTripUs(pair.From, pair.To)))];
        ImmutableArray<Quantity> rates = [.. Directions(world).Select(pair => Quantity.Of(bytesPerSecond(pair.From, pair.To)))];
        return Known(world, roundTrips, rates);
    }

    /// <summary>The same from both ends; 0: not known.</summary>
    public uint RoundTripUs(int one, int other) =>
        World == 0 || one == other ? 0 : (uint)Math.Min(_roundTripsUs[PairAt(Math.Min(one, other), Math.Max(one, other))].Value, uint.MaxValue);

    /// <summary>0: not known.</summary>
    public long BytesPerSecond(int from, int to) => World == 0 || from == to ? 0 : _rates[from * (World - 1) + to - (to > from ? 1 : 0)].Value;

    /// <summary>What is left when members are lost.</summary>
    /// <param name="newRanks">By old rank; -1: lost.</param>
    internal LinkTable Without(int[] newRanks)
    {
        if (World == 0 || newRanks.Length != World) return None;
        int left = newRanks.Count(rank => rank >= 0);
        if (left < 2) return None;
        return Known(
            left,
            [.. Pairs(World).Select((pair, at) => (pair, at)).Where(each => IsLeft(each.pair)).Select(each => _roundTripsUs[each.at])],
            [.. Directions(World).Select((pair, at) => (pair, at)).Where(each => IsLeft(each.pair)).Select(each => _rates[each.at])]);

        bool IsLeft((int From, int To) pair) => newRanks[pair.From] >= 0 && newRanks[pair.To] >= 0;
    }

    internal void Write(PayloadWriter writer)
    {
        writer.U16((ushort)World);
        foreach (Quantity roundTrip in _roundTripsUs) roundTrip.Write(writer);
        foreach (Quantity rate in _rates) rate.Write(writer);
    }

    internal static LinkTable Read(ref PayloadReader reader)
    {
        int world = reader.U16();
        if (world is 1 or > Roster.MaxRingWorld) reader.Fail();
        if (reader.Failed || world == 0) return None;
        var roundTrips = ImmutableArray.CreateBuilder<Quantity>(world * (world - 1) / 2);
        while (roundTrips.Count < roundTrips.Capacity && !reader.Failed) roundTrips.Add(Quantity.Read(ref reader));
        var rates = ImmutableArray.CreateBuilder<Quantity>(world * (world - 1));
        while (rates.Count < rates.Capacity && !reader.Failed) rates.Add(Quantity.Read(ref reader));
        return reader.Failed ? None : Known(world, roundTrips.MoveToImmutable(), rates.MoveToImmutable());
    }

    /// <summary>A table in which nothing is known is none.</summary>
    private static LinkTable Known(int world, ImmutableArray<Quantity> roundTrips, ImmutableArray<Quantity> rates) =>
        roundTrips.All(each => each.Digits == 0) && rates.All(each => each.Digits == 0) ? None : new LinkTable(world, roundTrips, rates);

    private static IEnumerable<(int From, int To)> Pairs(int world) =>
        Enumerable.Range(0, world).SelectMany(from => Enumerable.Range(from + 1, world - from - 1).Select(to => (from, to)));

    private static IEnumerable<(int From, int To)> Directions(int world) =>
        Enumerable.Range(0, world).SelectMany(from => Enumerable.Range(0, world).Where(to => to != from).Select(to => (from, to)));

    private int PairAt(int low, int high) => low * World - low * (low + 1) / 2 + high - low - 1;

    public bool Equals(LinkTable? other) =>
        other is not null && World == other.World && _roundTripsUs.SequenceEqual(other._roundTripsUs) && _rates.SequenceEqual(other._rates);

    public override bool Equals(object? obj) => Equals(obj as LinkTable);

    public override int GetHashCode() => World;

    /// <summary>"3 members", for records that hold one.</summary>
    public override string ToString() => World == 0 ? "none" : $"{World} members";
}
