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
        _meter.Ended(Large, 1200);
        _meter.Sent(7);
        Assert.Equal(new WorkReport(7, 250), _meter.Report(1250));
        _meter.Ended(Large, 1300);
        // In between there are none.
        Assert.Equal(new WorkReport(7, 300), _meter.Report(5000));
        _meter.Begun(Large, 6000);
        Assert.Equal(new WorkReport(7, 310), _meter.Report(6010));
    }

    [Fact]
    public void SmallOperationsTellNothing()
    {
        _meter.Begun(WorkMeter.LargeBytes - 1, 1000);
        _meter.Sent(7);
        _meter.Ended(WorkMeter.LargeBytes - 1, 2000);
        Assert.Equal(default, _meter.Report(3000));
    }
}
