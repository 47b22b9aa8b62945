using System.Collections.Immutable;
using System.Diagnostics;
using Collectives.Algorithms.Reduction;
using Collectives.Communication.Operations;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Communication.Observation;

/// <summary>Looks at a member's links and operations in flight. By the owner of the loop.</summary>
internal static class MemberView
{
    /// <param name="leastAgeMs">Operations that are younger are left out.</param>
    public static Report Of(OperationEngine engine, int leastAgeMs) =>
        new(LinksOf(engine), OperationsOf(engine, leastAgeMs), engine.Meter.Report(engine.Loop.NowMs));

    private static ImmutableArray<LinkReport> LinksOf(OperationEngine engine)
    {
        var links = ImmutableArray.CreateBuilder<LinkReport>(Math.Min(engine.Peers.Count, Report.MaxLinks));
        foreach (Peer? peer in engine.Peers)
        {
            if (peer is null || links.Count == Report.MaxLinks) continue;
            LinkState state = peer.Link.State;
            links.Add(new LinkReport(
                peer.Id, (ushort)state.Lanes, (ulong)state.TxBytes, (ulong)state.RxBytes, RoundTripUs(state), (ulong)state.Rate, state.CongestionControl));
        }

        return links.DrainToImmutable();
    }

    /// <summary>A near link stays near, however long a busy machine takes to answer: the coordinator takes longer ones for lines to be measured.</summary>
    public static uint RoundTripUs(in LinkState state) => state.IsFar ? state.RoundTripUs : Math.Min(state.RoundTripUs, LinkState.FarMicroseconds - 1);

    /// <summary>The oldest first.</summary>
    private static ImmutableArray<OperationReport> OperationsOf(OperationEngine engine, int leastAgeMs)
    {
        long startedBy = Stopwatch.GetTimestamp() - (leastAgeMs * Stopwatch.Frequency / 1000);
        List<Operation>? old = null;
        foreach (Operation operation in engine.InFlight)
            if (operation.Work.StartTicks <= startedBy)
                (old ??= []).Add(operation);
        return old is null ? [] : [.. old.OrderBy(operation => operation.Work.StartTicks).Take(Report.MaxOperations).Select(Describe)];
    }

    private static OperationReport Describe(Operation operation)
    {
        int waitsFor = operation.WaitsFor;
        return new OperationReport(
            operation.Key.Origin,
            operation.Key.Number,
            operation.Signature.Bytes,
            (ulong)operation.RxBytes,
            (uint)Math.Min(Stopwatch.GetElapsedTime(operation.Work.StartTicks).TotalMilliseconds, uint.MaxValue),
            waitsFor < 0 ? default : operation.Epoch.Roster[waitsFor].Id,
            operation.Signature.ToString(),
            operation.DescribeProgress());
    }
}
