using Collectives.Membership.Messages;
using Collectives.Membership.Tests.Coordination;
using Collectives.Membership.Topology;
using Collectives.Transport;

namespace Collectives.Membership.Tests.Topology;

public sealed class OrderTrialTests
{
    private const double MBps = 1e6;

    private readonly Dictionary<MemberId, WorkHistory> _work = [];
    private readonly Dictionary<MemberId, WorkReport> _last = [];

    [Fact]
    public void AHistoryTellsTheRateOfTheLastTwoSeconds()
    {
        Assert.Equal(0, History(0).Latest());
        Work(0, 100 * MBps, 4000);
        Assert.Equal(0, History(0).Latest()); // the first report has nothing before it
        Work(0, 100 * MBps, 1500);
        Assert.Equal(0, History(0).Latest());
        Work(0, 100 * MBps, 500);
        Assert.Equal(100 * MBps, History(0).Latest());
        for (int i = 0; i < 3; i++) Work(0, 40 * MBps, 700);
        Assert.Equal(40 * MBps, History(0).Latest());
    }

    [Fact]
    public void AReportWithoutLargeOperationsSinceTheLastIsNoPoint()
    {
        Work(0, 100 * MBps, 1000);
        WorkReport last = History(0).Last;
        History(0).Note(last with { Bytes = last.Bytes + 1 });
        Assert.Equal(last, History(0).Last);
    }

    [Fact]
    public void TheFirstThreeSecondsAreForSettling()
    {
        for (int i = 0; i < 5; i++) Work(0, 100 * MBps, 1000);
        WorkReport start = History(0).Last;
        for (int i = 0; i < 3; i++) Work(0, MBps, 1000);
        Work(0, 20 * MBps, 1000);
        Assert.Equal(0, History(0).Since(start));
        Work(0, 20 * MBps, 1000);
        Assert.Equal(20 * MBps, History(0).Since(start));
    }

    [Fact]
    public void AHistoryIsBoundedAndStillKnowsWhatCameSince()
    {
        for (int i = 0; i < 100; i++) Work(0, 100 * MBps, 1000);
        WorkReport start = History(0).Last;
        for (int i = 0; i < 80; i++) Work(0, 30 * MBps, 1000);
        Assert.Equal(30 * MBps, History(0).Since(start));
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(92, true)]
    [InlineData(94, false)]
    [InlineData(150, false)]
    public void AnOrderInWhichLessIsReachedIsWorse(double after, bool isWorse)
    {
        WorkAll(100 * MBps, 3);
        OrderTrial trial = Begin();
        Assert.Null(trial.IsWorse(_work));
        WorkAll(after * MBps, 4);
        Assert.Null(trial.IsWorse(_work));
        WorkAll(after * MBps, 1);
        Assert.Equal(isWorse, trial.IsWorse(_work));
    }

    [Fact]
    public void AllMembersAreHeard()
    {
        WorkAll(100 * MBps, 3);
        OrderTrial trial = Begin();
        for (int i = 0; i < 6; i++) Work(0, 10 * MBps, 1000);
        Assert.Null(trial.IsWorse(_work));
        for (int i = 0; i < 6; i++) Work(1, 10 * MBps, 1000);
        for (int i = 0; i < 6; i++) Work(2, 10 * MBps, 1000);
        Assert.True(trial.IsWorse(_work));
    }

    [Fact]
    public void WhatNothingIsKnownBeforeIsKept()
    {
        OrderTrial trial = Begin();
        WorkAll(MBps, 5);
        Assert.False(trial.IsWorse(_work));
    }

    [Fact]
    public void NewcomersAndThoseThatGoDoNotDecide()
    {
        WorkAll(100 * MBps, 3);
        OrderTrial trial = Begin();
        WorkAll(100 * MBps, 6);
        _work.Remove(World.Id(2));
        for (int i = 0; i < 6; i++) Work(7, MBps, 1000);
        Assert.False(trial.IsWorse(_work));
    }

    private OrderTrial Begin() => OrderTrial.Begin(new MemberOrder([]), new MemberOrder([]), _work);

    private void WorkAll(double rate, int seconds)
    {
        for (int second = 0; second < seconds; second++)
        {
            for (int member = 0; member < 3; member++) Work(member, rate, 1000);
        }
    }

    private WorkHistory History(int member)
    {
        if (!_work.TryGetValue(World.Id(member), out WorkHistory? history)) _work.Add(World.Id(member), history = new WorkHistory());
        return history;
    }

    private void Work(int member, double rate, ulong ms)
    {
        WorkReport last = _last.GetValueOrDefault(World.Id(member));
        History(member).Note(_last[World.Id(member)] = new WorkReport(last.Bytes + (ulong)(rate * ms / 1000), last.Ms + ms));
    }
}
