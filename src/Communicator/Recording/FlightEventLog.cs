using System.Diagnostics;
using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Transport;
using Collectives.Transport.Logging;

namespace Collectives.Communication.Recording;

/// <summary>Recorded events as lines of the log.</summary>
internal static class FlightEventLog
{
    public static void Write(MemberId self, in FlightEvent recorded, string? words)
    {
        if (Log.At(LevelOf(recorded.Kind), SnakeCase.Of(recorded.Kind))?.Add("member", self) is not { } line) return;
        switch (recorded.Kind)
        {
            case FlightEventKind.OperationBegun or FlightEventKind.OperationCommitted or FlightEventKind.OperationFailed or FlightEventKind.OperationRefused
                or FlightEventKind.OperationRunAgain or FlightEventKind.OperationForward:
                AddOperation(line, recorded);
                break;
            case FlightEventKind.LaneOpened or FlightEventKind.LaneBroken:
                line.Add("peer", recorded.Peer).Add("lane", recorded.Third);
                break;
            case FlightEventKind.LinkUp or FlightEventKind.LinkDown or FlightEventKind.LinkLost:
                line.Add("peer", recorded.Peer);
                break;
            case FlightEventKind.EpochForming or FlightEventKind.EpochActive:
                line.Add("epoch", recorded.Epoch).Add("rank", recorded.Rank).Add("world", recorded.First);
                break;
            case FlightEventKind.EpochSettling:
                line.Add("epoch", recorded.Epoch);
                break;
            case FlightEventKind.MemberLost:
                line.Add("epoch", recorded.Epoch).Add("peer", recorded.Peer).Add("reason", SnakeCase.Of(((LossReason)recorded.Extra).ToString()));
                break;
            case FlightEventKind.PendingChanged:
                line.Add("count", recorded.Count);
                break;
        }

        line.Add("text", words).Write();
    }

    private static void AddOperation(LogLine line, in FlightEvent recorded)
    {
        line.Add("epoch", recorded.Epoch);
        if (recorded.Kind != FlightEventKind.OperationRefused)
        {
            OperationKey key = new(recorded.Epoch, recorded.Operation);
            line.Add("operation", key.Occurrence);
            if (key.IsTagged) line.Add("tag", key.Tag);
        }

        line.Add("call", recorded.Call.ToString());
        if (recorded.Kind == FlightEventKind.OperationCommitted) line.Add("participants", recorded.Rank).Add("retries", recorded.Extra);
        if (recorded.Kind is FlightEventKind.OperationCommitted or FlightEventKind.OperationFailed)
            line.Add("seconds", (double)recorded.First / Stopwatch.Frequency).Add("tx_bytes", recorded.Second).Add("rx_bytes", recorded.Third);
        if (recorded.Kind is FlightEventKind.OperationFailed or FlightEventKind.OperationRefused)
            line.Add("status", SnakeCase.Of(((Status)(-recorded.Extra)).ToString()));
    }

    private static LogLevel LevelOf(FlightEventKind kind) => kind switch
    {
        FlightEventKind.OperationBegun or FlightEventKind.OperationCommitted => LogLevel.Debug,
        FlightEventKind.OperationFailed or FlightEventKind.OperationRefused or FlightEventKind.MemberLost => LogLevel.Warning,
        FlightEventKind.OperationRunAgain or FlightEventKind.OperationForward or FlightEventKind.EpochSettling => LogLevel.Warning,
        FlightEventKind.LaneBroken or FlightEventKind.LinkDown or FlightEventKind.LinkLost => LogLevel.Warning,
        FlightEventKind.CoordinatorLost or FlightEventKind.CoordinatorRefused => LogLevel.Warning,
        FlightEventKind.Evicted => LogLevel.Error,
        _ => LogLevel.Info,
    };
}
