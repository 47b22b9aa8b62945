using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Collectives.Tool;

/// <summary>A status document for people.</summary>
internal static class StatusText
{
    /// <summary>As in the library's messages.</summary>
    private const int IdDigits = 8;

    public static string Write(string coordinator, JsonElement status)
    {
        var text = new StringBuilder();
        int sessions = status.GetProperty("sessions").GetInt32();
        Line(text, $"coordinator {coordinator}, up for {Duration(status.GetProperty("uptime_seconds").GetDouble())}, {Count(sessions, "session")}");
        if (status.TryGetProperty("links_left_out", out _)) Line(text, "links and operations are left out: they would be too long");
        foreach (JsonElement group in status.GetProperty("groups").EnumerateArray()) WriteGroup(text, group);
        return text.ToString();
    }

    private static void WriteGroup(StringBuilder text, JsonElement group)
    {
        JsonElement[] members = [.. group.GetProperty("members").EnumerateArray()];
        ulong epoch = group.GetProperty("epoch").GetUInt64(), forming = group.GetProperty("forming").GetUInt64();
        string stage = epoch == 0 ? "no epoch yet" : $"epoch {epoch} for {Duration(group.GetProperty("epoch_age_seconds").GetDouble())}";
        if (forming > 0) stage += $", epoch {forming} is forming";
        if (group.GetProperty("needed").GetInt32() is var needed and > 0) stage += $", {members.Length} of {needed} members are there";
        string counts = string.Join(", ", members.GroupBy(Standing).Select(each => $"{each.Count()} {each.Key}"));
        Line(text, "");
        Line(text, $"group {group.GetProperty("group").GetUInt32()}: {stage}; {counts}");

        var table = new TextTable("rank", "member", "address", "standing", "phase", "since", "reported");
        foreach (JsonElement member in members)
        {
            JsonElement reported = member.GetProperty("report_age_seconds");
            table.Add(
                Rank(member.GetProperty("rank")), Id(member.GetProperty("member")), Safe(member.GetProperty("address")), Standing(member), Safe(member.GetProperty("phase")),
                Duration(member.GetProperty("since_seconds").GetDouble()), reported.ValueKind == JsonValueKind.Null ? "-" : Duration(reported.GetDouble()) + " ago");
        }

        table.WriteTo(text, indent: "  ");
        WriteOrder(text, group);
        WriteLinks(text, members);
        WriteOperations(text, members);
    }

    private static void WriteOrder(StringBuilder text, JsonElement group)
    {
        JsonElement order = group.GetProperty("order");
        JsonElement[] rings = [.. order.GetProperty("rings").EnumerateArray()];
        if (rings.Length == 0 || World(rings[0]) < 3) return;
        string[] notes =
        [
            order.GetProperty("chosen").GetBoolean() ? "chosen by what the links carry" : "in the order of ranks",
            .. order.GetProperty("predicted_seconds_64_mib") is { ValueKind: JsonValueKind.Number } seconds
                ? [string.Create(CultureInfo.InvariantCulture, $"64 MiB in {seconds.GetDouble():0.00} s predicted")]
                : Array.Empty<string>(),
            .. order.GetProperty("probes_left").GetInt32() is var left and > 0 ? [$"{Count(left, "link")} still to be measured"] : Array.Empty<string>(),
            .. order.GetProperty("better_known").GetBoolean() ? ["the next update changes it"] : Array.Empty<string>(),
            .. order.GetProperty("on_trial").GetBoolean() ? ["on trial"] : Array.Empty<string>(),
        ];
        Line(text, $"  {(rings.Length == 1 ? "ring" : "rings")}, {string.Join(", ", notes)}");
        foreach (JsonElement ring in rings)
        {
            string way = string.Join(" > ", ring.GetProperty("ranks").EnumerateArray().Select(rank => rank.GetInt32()));
            string share = rings.Length == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", {ring.GetProperty("share").GetDouble():0%} of the data");
            string slowest = ring.GetProperty("bottleneck_bytes_per_second").ValueKind == JsonValueKind.Null
                ? "" : $", slowest link {Rate(ring.GetProperty("bottleneck_bytes_per_second"))}";
            Line(text, $"    {way}{share}{slowest}");
        }

        static int World(JsonElement ring) => ring.GetProperty("ranks").GetArrayLength();
    }

    private static void WriteLinks(StringBuilder text, JsonElement[] members)
    {
        var table = new TextTable("rank", "member", "peer", "lanes", "sent/s", "received/s", "carries", "round trip", "control");
        foreach (JsonElement member in members)
        {
            foreach (JsonElement link in Elements(member, "links"))
            {
                table.Add(
                    Rank(member.GetProperty("rank")), Id(member.GetProperty("member")), Peer(link, "peer"), link.GetProperty("lanes").ToString(),
                    Rate(link.GetProperty("tx_bytes_per_second")), Rate(link.GetProperty("rx_bytes_per_second")),
                    Carries(link),
                    RoundTrip(link.GetProperty("rtt_seconds").GetDouble()), Safe(link.GetProperty("congestion_control")));
            }
        }

        if (table.IsEmpty) return;
        Line(text, "  links");
        table.WriteTo(text, indent: "    ");
    }

    private static void WriteOperations(StringBuilder text, JsonElement[] members)
    {
        bool any = false;
        foreach (JsonElement member in members)
        {
            foreach (JsonElement operation in Elements(member, "operations"))
            {
                if (!any) Line(text, "  operations in flight");
                any = true;
                string tag = operation.GetProperty("tag").GetUInt32() is var number and > 0 ? $" with tag {number}" : "";
                string waits = operation.GetProperty("waits_for").ValueKind == JsonValueKind.Null ? "" : $", waits for {Peer(operation, "waits_for")}";
                Line(text,
                    $"    rank {Rank(member.GetProperty("rank"))} ({Id(member.GetProperty("member"))}): operation {operation.GetProperty("operation")}{tag} of epoch {operation.GetProperty("epoch")}, "
                    + $"{Safe(operation.GetProperty("call"))}, for {Duration(operation.GetProperty("age_seconds").GetDouble())}{waits}: {Safe(operation.GetProperty("progress"))}");
            }
        }
    }

    private static IEnumerable<JsonElement> Elements(JsonElement member, string name) =>
        member.TryGetProperty(name, out JsonElement found) ? found.EnumerateArray() : [];

    /// <summary>"rank 1 (1a2b3c4d)"; without a rank the id alone.</summary>
    private static string Peer(JsonElement of, string name)
    {
        int rank = of.GetProperty(name + "_rank").GetInt32();
        string id = Id(of.GetProperty(name));
        return rank < 0 ? id : string.Create(CultureInfo.InvariantCulture, $"rank {rank} ({id})");
    }

    private static string Standing(JsonElement member) => Safe(member.GetProperty("standing"));

    private static string Rank(JsonElement rank) => rank.GetInt32() < 0 ? "-" : rank.ToString();

    private static string Id(JsonElement id) => Safe(id) is { Length: > IdDigits } whole ? whole[..IdDigits] : Safe(id);

    /// <summary>Members' words could hold what a terminal obeys.</summary>
    private static string Safe(JsonElement words) => string.Concat((words.GetString() ?? "").Select(one => char.IsControl(one) ? '?' : one));

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Duration(double seconds) => seconds switch
    {
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        < 600 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 36_000 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
    };

    private static string Rate(JsonElement bytesPerSecond)
    {
        double rate = bytesPerSecond.GetDouble();
        return rate switch
        {
            < 1e3 => string.Create(CultureInfo.InvariantCulture, $"{rate:0} B/s"),
            < 1e6 => string.Create(CultureInfo.InvariantCulture, $"{rate / 1e3:0.0} kB/s"),
            < 1e9 => string.Create(CultureInfo.InvariantCulture, $"{rate / 1e6:0.0} MB/s"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{rate / 1e9:0.00} GB/s"),
        };
    }

    /// <summary>"50.0 MB/s (20 s ago)"; what was measured just now without the age.</summary>
    private static string Carries(JsonElement link)
    {
        JsonElement carries = link.GetProperty("carries_bytes_per_second");
        if (carries.ValueKind == JsonValueKind.Null) return "-";
        double age = link.GetProperty("carries_age_seconds").GetDouble();
        return age < 10 ? Rate(carries) : $"{Rate(carries)} ({Duration(age)} ago)";
    }

    private static string RoundTrip(double seconds) => seconds switch
    {
        0 => "-",
        < 1e-3 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:0} us"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0.0} ms"),
    };

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
