using System.Text.Json;
using Collectives.Algorithms.Costs;

namespace Collectives.Membership.Observation;

/// <summary>
/// What the members of an epoch agree on of their links, within a status document: by rank, rows by sender. Written by a coordinator, read by
/// <c>collectives explain</c>.
/// </summary>
public static class LinkModelJson
{
    private const string Name = "agreed_links";

    internal static void Write(Utf8JsonWriter json, LinkModel? links)
    {
        if (links is null)
        {
            json.WriteNull(Name);
            return;
        }

        json.WriteStartObject(Name);
        json.WriteStartArray("hosts");
        for (int rank = 0; rank < links.World; rank++) json.WriteNumberValue(links.HostOf(rank));
        json.WriteEndArray();
        WriteRows(json, "round_trip_us", links, (from, to) => links.RoundTripUs(from, to));
        WriteRows(json, "bytes_per_second", links, links.BytesPerSecond);
        json.WriteEndObject();
    }

    /// <summary>Null: the group has no epoch. Throws what JSON of another shape throws.</summary>
    public static LinkModel? Read(JsonElement group)
    {
        JsonElement links = group.GetProperty(Name);
        if (links.ValueKind == JsonValueKind.Null) return null;
        int[] hosts = [.. links.GetProperty("hosts").EnumerateArray().Select(host => host.GetInt32())];
        uint[] roundTrips = [.. Values(links, "round_trip_us").Select(value => value.GetUInt32())];
        long[] rates = [.. Values(links, "bytes_per_second").Select(value => value.GetInt64())];
        if (roundTrips.Length != rates.Length || (roundTrips.Length > 0 && roundTrips.Length != hosts.Length * hosts.Length))
            throw new FormatException($"expected the links of {hosts.Length} members, found {roundTrips.Length} and {rates.Length} numbers");
        return new LinkModel(roundTrips, rates, hosts);
    }

    private static IEnumerable<JsonElement> Values(JsonElement links, string name) =>
        links.GetProperty(name).EnumerateArray().SelectMany(row => row.EnumerateArray());

    /// <summary>No rows where nothing is known.</summary>
    private static void WriteRows(Utf8JsonWriter json, string name, LinkModel links, Func<int, int, long> valueOf)
    {
        json.WriteStartArray(name);
        for (int from = 0; from < links.World && links.IsKnown; from++)
        {
            json.WriteStartArray();
            for (int to = 0; to < links.World; to++) json.WriteNumberValue(valueOf(from, to));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
