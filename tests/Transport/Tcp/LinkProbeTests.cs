using Collectives.Transport.Tcp;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Tcp;

public sealed class LinkProbeTests
{
    private const double Mbit = 1e6 / 8;

    public static TheoryData<double, double> Lines
    {
        get
        {
            TheoryData<double, double> lines = [];
            foreach (double rate in new double[] { 10, 30, 80, 100, 250, 350, 500 })
                foreach (double roundTripMs in new double[] { 5, 10, 20, 35, 50, 65, 80, 100, 120, 150 }) lines.Add(rate, roundTripMs);
            return lines;
        }
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void WhatALineCarriesIsFoundInTime(double mbit, double roundTripMs)
    {
        int limitMs = LimitMs(roundTripMs);
        ProbedLine line = new(mbit * Mbit, roundTripMs);
        Assert.Equal(mbit, line.Probe(limitMs) / Mbit, 0.1 * mbit);
        Assert.InRange(line.EndedMs, 1, limitMs);
    }

    /// <summary>Where the caller has said how many there are to be.</summary>
    [Theory]
    [InlineData(10, 20, 1)]
    [InlineData(100, 20, 1)]
    [InlineData(100, 80, 4)]
    [InlineData(500, 50, 4)]
    [InlineData(50, 150, 2)]
    public void FewLanesAreFilledAsWell(double mbit, double roundTripMs, int lanes)
    {
        Assert.Equal(mbit, new ProbedLine(mbit * Mbit, roundTripMs, lanes).Probe(3000) / Mbit, 0.1 * mbit);
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void ALineIsNotFilledForLongAfterwards(double mbit, double roundTripMs)
    {
        ProbedLine line = new(mbit * Mbit, roundTripMs);
        line.Probe(LimitMs(roundTripMs));
        // All that was put on it has left it soon.
        double wholeMs = line.FilledBytes / (mbit * Mbit) * 1000;
        Assert.InRange(wholeMs, 0, line.EndedMs + Math.Max(600, 5 * roundTripMs));
    }

    [Fact]
    public void ALineThatCarriesNothingIsGivenUpAtTheLimit()
    {
        ProbedLine line = new(0, 20);
        Assert.Equal(0, line.Probe(700));
        Assert.InRange(line.EndedMs, 700, 720);
        Assert.InRange(line.FilledBytes, 1, 1 << 20);
    }

    [Fact]
    public void LanesThatAreNotOpenYetAreWaitedForAndNotForEver()
    {
        double measured = -1;
        LinkProbe probe = new(10_000, 500, rate => measured = rate);
        OutgoingFrame frame = default;
        for (long now = 10_000; now < 11_000; now += 20)
        {
            Assert.True(probe.Observe(now, 0, areOpen: false, 20));
            Assert.False(probe.TryFill(0, ref frame), "a lane was filled before all are open");
        }

        Assert.True(probe.Observe(11_000, 0, areOpen: false, 20));
        Assert.True(probe.TryFill(0, ref frame));
        Assert.True(probe.Observe(11_499, 0, areOpen: false, 20));
        Assert.False(probe.Observe(11_500, 0, areOpen: false, 20));
        Assert.Equal((0, 0), (probe.End(), measured));
    }

    /// <summary>As the coordinator sets it: some round trips.</summary>
    private static int LimitMs(double roundTripMs) => (int)Math.Clamp(10 * roundTripMs, 500, 3000);
}
