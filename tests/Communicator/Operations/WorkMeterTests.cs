using Collectives.Communication.Operations;
using Collectives.Membership.Messages;

namespace Collectives.Communication.Tests.Operations;

public sealed class WorkMeterTests
{
    private const long Large = 8 << 20;

    private readonly WorkMeter _meter = new();

    [Fact]
    public void TimeCountsOnceHoweverManyAreInFlight()
    {
        _meter.Begun(Large, 1000);
        _meter.Begun(Large, 1100);
        _meter.Ended(Large, well: true, 1200);
        Assert.Equal(new WorkReport(Large, 250), _meter.Report(1250));
        _meter.Ended(Large, well: true, 1300);
        // In between there are none.
        Assert.Equal(new WorkReport(2 * Large, 300), _meter.Report(5000));
        _meter.Begun(Large, 6000);
        Assert.Equal(new WorkReport(2 * Large, 310), _meter.Report(6010));
    }

    [Fact]
    public void SmallOperationsTellNothing()
    {
        _meter.Begun(WorkMeter.LargeBytes - 1, 1000);
        _meter.Ended(WorkMeter.LargeBytes - 1, well: true, 2000);
        Assert.Equal(default, _meter.Report(3000));
    }

    [Fact]
    public void WhatHasFailedTakesTimeAndDoesNothing()
    {
        _meter.Begun(Large, 1000);
        _meter.Ended(Large, well: false, 1400);
        Assert.Equal(new WorkReport(0, 400), _meter.Report(1500));
    }
}
