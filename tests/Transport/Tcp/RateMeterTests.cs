using Collectives.Transport.Tcp;

namespace Collectives.Transport.Tests.Tcp;

public sealed class RateMeterTests
{
    private const double MBps = 1e6;
    private const int StepMs = 20;

    private readonly RateMeter _meter = new();
    private long _nowMs = 5000;
    private double _bytes = 1e9;

    [Fact]
    public void ARateIsKnownOnceTwoSpansInARowAgree()
    {
        Send(100 * MBps, 220);
        Assert.Equal(0, _meter.Rate);
        Send(100 * MBps, 220);
        Assert.Equal(100 * MBps, _meter.Rate, MBps);
    }

    [Fact]
    public void SpansThatDoNotAgreeTellNothing()
    {
        // As TCP speeds up, or by turns.
        for (int rate = 1; rate <= 64; rate *= 2) Send(rate * MBps, 200);
        for (int i = 0; i < 6; i++) Send((i % 2 == 0 ? 20 : 60) * MBps, 200);
        Assert.Equal(0, _meter.Rate);
    }

    [Fact]
    public void TimesInWhichALaneHadNothingToSendDoNotCount()
    {
        Send(10 * MBps, 3000, isHungry: false);
        Assert.Equal(0, _meter.Rate);
        // The line carries 100, and there is something for it half of the time.
        for (int i = 0; i < 30; i++)
        {
            Send(100 * MBps, 100);
            Send(5 * MBps, 100, isHungry: false);
        }

        Assert.Equal(100 * MBps, _meter.Rate, 3 * MBps);
    }

    [Fact]
    public void LongRoundTripsMakeLongSpans()
    {
        Send(100 * MBps, 1200, roundTripMs: 200);
        Assert.Equal(0, _meter.Rate);
        Send(100 * MBps, 500, roundTripMs: 200);
        Assert.Equal(100 * MBps, _meter.Rate, MBps);
    }

    [Fact]
    public void ALineCarriesAtLeastWhatIsSentHungryOrNot()
    {
        _meter.Know(10 * MBps);
        Send(30 * MBps, 900, isHungry: false);
        Assert.Equal(10 * MBps, _meter.Rate);
        Send(30 * MBps, 300, isHungry: false);
        Assert.Equal(30 * MBps, _meter.Rate, MBps);
        // Less of it says nothing.
        Send(2 * MBps, 5000, isHungry: false);
        Assert.Equal(30 * MBps, _meter.Rate, MBps);
    }

    [Fact]
    public void WhatIsNotKnownIsNotGuessedFromWhatIsSent()
    {
        Send(30 * MBps, 5000, isHungry: false);
        Assert.Equal(0, _meter.Rate);
    }

    [Fact]
    public void SmallChangesAreFollowedSlowlyAndLargeOnesAtOnce()
    {
        Send(100 * MBps, 2000);
        Send(90 * MBps, 220);
        Assert.InRange(_meter.Rate, 95 * MBps, 99 * MBps);
        Send(40 * MBps, 600);
        Assert.Equal(40 * MBps, _meter.Rate, 2 * MBps);
    }

    private void Send(double rate, int forMs, bool isHungry = true, double roundTripMs = 20)
    {
        for (int ms = 0; ms < forMs; ms += StepMs)
        {
            _nowMs += StepMs;
            _bytes += rate * StepMs / 1000;
            _meter.Observe(_nowMs, (long)_bytes, isHungry, roundTripMs);
        }
    }
}
