using Collectives.Perf.Wan.Emulation;

namespace Collectives.Wan.Tests.Emulation;

public class LinkClockTests
{
    private const int Mbit = 1_000_000;

    [Fact]
    public void ALinkTakesTheTimeOfItsBitsAndThenTheDelay()
    {
        LinkClock clock = default;
        Assert.Equal(1_000_000 + 12_304 + 40_000_000, clock.Send(1_000_000, 1538, 1000 * Mbit, 40_000_000));
    }

    [Fact]
    public void WhatComesWhileTheLinkIsBusyWaits()
    {
        LinkClock clock = default;
        long first = clock.Send(0, 1250, 10 * Mbit, 5_000_000);
        Assert.Equal(1_000_000 + 5_000_000, first);
        Assert.Equal(first + 1_000_000, clock.Send(500_000, 1250, 10 * Mbit, 5_000_000));
        Assert.Equal(1875, clock.Backlog(500_000, 10 * Mbit), 0.01);
        Assert.Equal(0, clock.Backlog(2_500_000, 10 * Mbit), 0.01);
    }

    [Fact]
    public void NothingOvertakes()
    {
        LinkClock clock = default;
        long late = clock.Send(0, 100, 1000 * Mbit, 9_000_000);
        Assert.Equal(late, clock.Send(1000, 100, 1000 * Mbit, 1_000_000));
    }
}
