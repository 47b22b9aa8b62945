using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using Collectives.Membership.Messages;
using Collectives.Membership.Observation;
using Collectives.Transport;

namespace Collectives.Communication.Recording;

/// <summary>Everything that a communicator can say about itself, as one JSON document. Any thread.</summary>
internal static class FlightDump
{
    /// <param name="view">Links and operations in flight; null: the loop's owner did not come to it.</param>
    /// <param name="rankOf">Ranks in the current epoch; -1: none.</param>
    public static byte[] Write(
        FlightRecorder recorder, uint group, in EpochInfo info, in CommunicatorStatistics statistics, Report? view, Func<MemberId, int> rankOf)
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", UtcTime.Text(DateTime.UtcNow));
            json.WriteString("member", recorder.Self.ToHex());
            json.WriteNumber("group", group);
            json.WriteNumber("epoch", info.Epoch);
            json.WriteNumber("rank", info.Rank);
            json.WriteNumber("world", info.World);
            json.WriteNumber("pending", info.Pending);
            WriteStatistics(json, statistics);
            WriteView(json, view, rankOf);
            WriteEvents(json, recorder.Ring);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteStatistics(Utf8JsonWriter json, in CommunicatorStatistics statistics)
    {
        json.WriteStartObject("statistics");
        json.WriteNumber("lanes", statistics.Lanes);
        json.WriteNumber("operations", statistics.Operations);
        json.WriteNumber("failures", statistics.Failures);
        json.WriteNumber("tx_bytes", statistics.TxBytes);
        json.WriteNumber("rx_bytes", statistics.RxBytes);
        json.WriteNumber("frames_dropped", statistics.FramesDropped);
        json.WriteNumber("connections_refused", statistics.ConnectionsRefused);
        json.WriteNumber("coordinator_messages", statistics.CoordinatorMessages);
        json.WriteNumber("scratch_bytes", statistics.ScratchBytes);
        json.WriteNumber("scratch_peak_bytes", statistics.ScratchPeakBytes);
        json.WriteEndObject();
    }

    private static void WriteView(Utf8JsonWriter json, Report? view, Func<MemberId, int> rankOf)
    {
        if (view is null)
        {
            json.WriteNull("links");
            json.WriteNull("operations");
            return;
        }

        json.WriteStartArray("links");
        foreach (LinkReport link in view.Links) ReportJson.Write(json, link, rankOf(link.Peer));
        json.WriteEndArray();
        json.WriteStartArray("operations");
        foreach (OperationReport operation in view.Operations) ReportJson.Write(json, operation, rankOf(operation.WaitsFor));
        json.WriteEndArray();
    }

    /// <summary>The oldest first. Those that are overwritten meanwhile are left out.</summary>
    private static void WriteEvents(Utf8JsonWriter json, FlightRing ring)
    {
        // One moment on both clocks, to tell the time of the others by.
        DateTime now = DateTime.UtcNow;
        long ticks = Stopwatch.GetTimestamp();
        long written = ring.Written;
        json.WriteNumber("events_recorded", written);
        json.WriteStartArray("events");
        for (long number = Math.Max(1, written - ring.Capacity + 1); number <= written; number++)
        {
            if (!ring.TryRead(number, out FlightEvent recorded, out string? words)) continue;
            FlightEventJson.Write(json, recorded, now - Stopwatch.GetElapsedTime(recorded.Ticks, ticks), words);
        }

        json.WriteEndArray();
    }
}
