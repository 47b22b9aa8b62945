using System.Diagnostics;
using System.Text.Json;
using Collectives.Algorithms.Reduction;
using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Transport;

namespace Collectives.Communication.Recording;

/// <summary>One recorded event as a JSON object: its time, its kind, and the fields that this kind has.</summary>
internal static class FlightEventJson
{
    public static void Write(Utf8JsonWriter json, in FlightEvent recorded, DateTime time, string? words)
    {
        json.WriteStartObject();
        json.WriteString("time", UtcTime.Text(time));
        json.WriteString("kind", SnakeCase.Of(recorded.Kind));
        switch (recorded.Kind)
        {
            case FlightEventKind.OperationBegun or FlightEventKind.OperationCommitted or FlightEventKind.OperationFailed or FlightEventKind.OperationRefused
                or FlightEventKind.OperationRunAgain or FlightEventKind.OperationForward:
                WriteOperation(json, recorded);
                break;
            case FlightEventKind.LaneOpened or FlightEventKind.LaneBroken:
                json.WriteString("peer", recorded.Peer.ToHex());
                json.WriteNumber("lane", recorded.Third);
                break;
            case FlightEventKind.LinkUp or FlightEventKind.LinkDown or FlightEventKind.LinkLost:
                json.WriteString("peer", recorded.Peer.ToHex());
                break;
            case FlightEventKind.EpochForming or FlightEventKind.EpochActive:
                json.WriteNumber("epoch", recorded.Epoch);
                json.WriteNumber("rank", recorded.Rank);
                json.WriteNumber("world", recorded.First);
                break;
            case FlightEventKind.EpochSettling:
                json.WriteNumber("epoch", recorded.Epoch);
                break;
            case FlightEventKind.MemberLost:
                json.WriteNumber("epoch", recorded.Epoch); // that goes on without it
                json.WriteString("peer", recorded.Peer.ToHex());
                json.WriteString("reason", SnakeCase.Of(((LossReason)recorded.Extra).ToString()));
                break;
            case FlightEventKind.PendingChanged:
                json.WriteNumber("count", recorded.Count);
                break;
        }

        if (words is not null) json.WriteString("text", words);
        json.WriteEndObject();
    }

    private static void WriteOperation(Utf8JsonWriter json, in FlightEvent recorded)
    {
        OperationKey key = new(recorded.Epoch, recorded.Operation);
        json.WriteNumber("epoch", recorded.Epoch);
        if (recorded.Kind != FlightEventKind.OperationRefused) WriteKey(json, key);
        json.WriteString("call", recorded.Call.ToString());
        if (recorded.Kind == FlightEventKind.OperationBegun) json.WriteNumber("bytes", recorded.Count * (ulong)DataTypes.Size(recorded.Type));
        if (recorded.Kind == FlightEventKind.OperationCommitted)
        {
            json.WriteNumber("participants", recorded.Rank);
            json.WriteNumber("retries", recorded.Extra);
        }

        if (recorded.Kind is FlightEventKind.OperationCommitted or FlightEventKind.OperationFailed)
        {
            json.WriteNumber("seconds", (double)recorded.First / Stopwatch.Frequency);
            json.WriteNumber("tx_bytes", recorded.Second);
            json.WriteNumber("rx_bytes", recorded.Third);
        }

        if (recorded.Kind is FlightEventKind.OperationFailed or FlightEventKind.OperationRefused)
            json.WriteString("status", SnakeCase.Of(((Status)(-recorded.Extra)).ToString()));
    }

    public static void WriteKey(Utf8JsonWriter json, OperationKey key)
    {
        json.WriteNumber("operation", key.Occurrence);
        json.WriteNumber("tag", key.Tag);
    }
}
