using System.Text.Json;
using Collectives.Membership.Messages;

namespace Collectives.Membership.Observation;

/// <summary>The parts of a report as JSON objects: alike in the coordinator's status and in a member's dump.</summary>
public static class ReportJson
{
    private const ulong TagFlag = 1UL << 63;

    /// <summary>As the coordinator knows it.</summary>
    /// <param name="rank">The peer's; -1: it has none any more, or not yet.</param>
    public static void Write(Utf8JsonWriter json, in LinkSnapshot link, int rank)
    {
        json.WriteStartObject();
        WriteFields(json, link.Report, rank);
        json.WriteNumber("tx_bytes_per_second", Math.Round(link.Rates.Tx));
        json.WriteNumber("rx_bytes_per_second", Math.Round(link.Rates.Rx));
        if (link.Carries > 0)
        {
            json.WriteNumber("carries_bytes_per_second", Math.Round(link.Carries));
            json.WriteNumber("carries_age_seconds", link.CarriesAgeMs / 1000.0);
        }
        else
        {
            json.WriteNull("carries_bytes_per_second");
            json.WriteNull("carries_age_seconds");
        }

        json.WriteEndObject();
    }

    /// <summary>As the member itself sees it.</summary>
    /// <param name="rank">As above.</param>
    public static void Write(Utf8JsonWriter json, in LinkReport link, int rank)
    {
        json.WriteStartObject();
        WriteFields(json, link, rank);
        if (link.Rate > 0) json.WriteNumber("carries_bytes_per_second", link.Rate);
        else json.WriteNull("carries_bytes_per_second");
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, in LinkReport link, int rank)
    {
        json.WriteString("peer", link.Peer.ToHex());
        json.WriteNumber("peer_rank", rank);
        json.WriteNumber("lanes", link.Lanes);
        json.WriteNumber("tx_bytes", link.TxBytes);
        json.WriteNumber("rx_bytes", link.RxBytes);
        json.WriteNumber("rtt_seconds", link.RoundTripUs / 1e6);
        json.WriteString("congestion_control", link.CongestionControl);
    }

    /// <param name="rank">Of the member that is waited for; -1 as above, or nobody is.</param>
    public static void Write(Utf8JsonWriter json, in OperationReport operation, int rank)
    {
        bool tagged = (operation.Number & TagFlag) != 0;
        json.WriteStartObject();
        json.WriteNumber("epoch", operation.Epoch);
        json.WriteNumber("operation", tagged ? (uint)operation.Number : operation.Number);
        json.WriteNumber("tag", tagged ? (uint)((operation.Number & ~TagFlag) >> 32) : 0);
        json.WriteString("call", operation.Call);
        json.WriteNumber("bytes", operation.Bytes);
        json.WriteNumber("received_bytes", operation.ReceivedBytes);
        json.WriteNumber("age_seconds", operation.AgeMs / 1000.0);
        if (operation.WaitsFor.IsNone) json.WriteNull("waits_for");
        else json.WriteString("waits_for", operation.WaitsFor.ToHex());
        json.WriteNumber("waits_for_rank", rank);
        json.WriteString("progress", operation.Progress);
        json.WriteEndObject();
    }
}
