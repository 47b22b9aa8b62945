using Collectives.Membership.Messages;
using Collectives.Membership.Observation;
using Collectives.Transport;

namespace Collectives.Membership.Tests.Observation;

/// <summary>Rates and ages from reports that come only when there is something to tell.</summary>
public sealed class MemberReportsTests
{
    private static readonly MemberId s_peer = new(2, 2);

    [Fact]
    public void RatesAreBetweenTwoReports()
    {
        var reports = new MemberReports();
        Beat(reports, 1000, new Report([Link(100, 10)], []));
        Assert.Equal(default, Rates(reports));
        Beat(reports, 2000, new Report([Link(1100, 10)], []));
        Assert.Equal(new LinkRates(1000, 0), Rates(reports));
        Beat(reports, 4000, new Report([Link(1100, 5010)], []));
        Assert.Equal(new LinkRates(0, 2500), Rates(reports));
    }

    [Fact]
    public void AHeartbeatWithoutAReportSaysThatNothingMoves()
    {
        var reports = new MemberReports();
        Beat(reports, 1000, new Report([Link(100, 0)], []));
        Beat(reports, 2000, new Report([Link(200, 0)], []));
        reports.Beat(3000);
        Assert.Equal(new LinkRates(100, 0), Rates(reports));
        reports.Beat(4000);
        Assert.Equal(default, Rates(reports));
        Assert.Equal(2000, reports.AgeMs(4000));
    }

    [Fact]
    public void AfterAPauseTheRateIsThatOfTheLastInterval()
    {
        var reports = new MemberReports();
        Beat(reports, 1000, new Report([Link(100, 0)], []));
        for (int beat = 2; beat <= 60; beat++) reports.Beat(beat * 1000);
        Beat(reports, 61_000, new Report([Link(3100, 0)], []));
        // No report followed the beat at 60 s: until then nothing had moved.
        Assert.Equal(3000, Rates(reports).Tx);
    }

    [Fact]
    public void ALinkThatWasMadeAnewCountsFromZero()
    {
        var reports = new MemberReports();
        Beat(reports, 1000, new Report([Link(1_000_000, 7)], []));
        Beat(reports, 2000, new Report([Link(500, 0)], []));
        Assert.Equal(new LinkRates(500, 0), Rates(reports));
    }

    [Fact]
    public void OperationsGrowOlderWithoutReports()
    {
        var reports = new MemberReports();
        Assert.Equal(-1, reports.AgeMs(500));
        Beat(reports, 1000, new Report([], [new OperationReport(1, 2, 3, 4, AgeMs: 250, s_peer, "call", "progress")]));
        reports.Beat(2000);
        Assert.Equal(2250u, reports.Operations(3000).Single().AgeMs);
        Beat(reports, 3000, Report.Empty);
        Assert.Empty(reports.Operations(3000));
    }

    [Fact]
    public void AReportSaysTheSameWhenOnlyAgesDiffer()
    {
        var operation = new OperationReport(1, 2, 3, 4, 250, s_peer, "call", "progress");
        var report = new Report([Link(1, 1)], [operation]);
        Assert.True(report.SaysTheSameAs(new Report([Link(1, 1)], [operation with { AgeMs = 999 }])));
        Assert.False(report.SaysTheSameAs(new Report([Link(1, 2)], [operation])));
        Assert.False(report.SaysTheSameAs(new Report([Link(1, 1)], [operation with { ReceivedBytes = 5 }])));
        Assert.False(report.SaysTheSameAs(Report.Empty));
    }

    private static void Beat(MemberReports reports, long now, Report report)
    {
        reports.Beat(now);
        reports.Take(report, now);
    }

    private static LinkReport Link(ulong tx, ulong rx) => new(s_peer, 1, tx, rx, 100, 0, "cubic");

    private static LinkRates Rates(MemberReports reports) => reports.Links().Single().Rates;
}
