using System.Buffers;
using System.Text.Json;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Observation;

/// <summary>A snapshot as the JSON document that `collectives status --json` prints; docs/observing.md has its fields.</summary>
internal static class StatusJson
{
    public static ReadOnlyMemory<byte> Write(CoordinatorSnapshot snapshot)
    {
        ReadOnlyMemory<byte> whole = Write(snapshot, withReports: true);
        // Members alone, at most one per session, are far below the bound.
        return whole.Length <= StatusPage.MaxDocumentByteCount ? whole : Write(snapshot, withReports: false);
    }

    private static ReadOnlyMemory<byte> Write(CoordinatorSnapshot snapshot, bool withReports)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", UtcTime.Text(snapshot.Time));
            json.WriteNumber("uptime_seconds", Seconds(snapshot.UptimeMs));
            json.WriteNumber("sessions", snapshot.Sessions);
            if (!withReports) json.WriteBoolean("links_left_out", true);
            json.WriteStartArray("groups");
            foreach (GroupSnapshot group in snapshot.Groups) WriteGroup(json, group, withReports);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteGroup(Utf8JsonWriter json, GroupSnapshot group, bool withReports)
    {
        json.WriteStartObject();
        json.WriteNumber("group", group.Group);
        json.WriteNumber("epoch", group.Epoch);
        json.WriteNumber("epoch_age_seconds", Seconds(group.EpochAgeMs));
        json.WriteNumber("forming", group.Forming);
        json.WriteNumber("last_epoch", group.LastEpoch);
        json.WriteNumber("needed", group.Needed);
        WriteOrder(json, group.Order);
        LinkModelJson.Write(json, group.Links);
        json.WriteStartArray("members");
        foreach (MemberSnapshot member in group.Members) WriteMember(json, group, member, withReports);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteOrder(Utf8JsonWriter json, OrderSnapshot order)
    {
        json.WriteStartObject("order");
        json.WriteBoolean("chosen", order.IsChosen);
        json.WriteStartArray("rings");
        for (int i = 0; i < order.Rings.Length; i++)
        {
            json.WriteStartObject();
            json.WriteStartArray("ranks");
            foreach (ushort rank in order.Rings[i].Order) json.WriteNumberValue(rank);
            json.WriteEndArray();
            json.WriteNumber("share", Math.Round(order.Rings[i].Share / (double)order.Rings.Sum(ring => ring.Share), 3));
            // Infinite between near members: no number that JSON has.
            if (i < order.Bottlenecks.Length && double.IsFinite(order.Bottlenecks[i])) json.WriteNumber("bottleneck_bytes_per_second", Math.Round(order.Bottlenecks[i]));
            else json.WriteNull("bottleneck_bytes_per_second");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (order.PredictedSeconds > 0) json.WriteNumber("predicted_seconds_64_mib", Math.Round(order.PredictedSeconds, 4));
        else json.WriteNull("predicted_seconds_64_mib");
        json.WriteNumber("probes_left", order.ProbesLeft);
        json.WriteBoolean("better_known", order.HasBetter);
        json.WriteBoolean("on_trial", order.IsOnTrial);
        json.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter json, GroupSnapshot group, MemberSnapshot member, bool withReports)
    {
        json.WriteStartObject();
        json.WriteString("member", member.Place.Id.ToHex());
        json.WriteNumber("rank", member.Rank);
        json.WriteString("address", HostPort.Join(member.Place.Host, member.Place.Port));
        json.WriteString("standing", Words.Of(member.Standing));
        json.WriteString("phase", Words.Of(member.Phase));
        json.WriteNumber("since_seconds", Seconds(member.SinceMs));
        if (member.ReportAgeMs >= 0) json.WriteNumber("report_age_seconds", Seconds(member.ReportAgeMs));
        else json.WriteNull("report_age_seconds");
        if (withReports)
        {
            json.WriteStartArray("links");
            foreach (LinkSnapshot link in member.Links) ReportJson.Write(json, link, RankOf(group, link.Report.Peer));
            json.WriteEndArray();
            json.WriteStartArray("operations");
            foreach (OperationReport operation in member.Operations) ReportJson.Write(json, operation, RankOf(group, operation.WaitsFor));
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>-1: it has none any more, or not yet.</summary>
    private static int RankOf(GroupSnapshot group, MemberId member) =>
        group.Members.FirstOrDefault(one => one.Place.Id == member)?.Rank ?? -1;

    private static double Seconds(long milliseconds) => milliseconds / 1000.0;
}
