using Collectives.Transport.Tcp;

namespace Collectives.Transport.Tests.Tcp;

public sealed class LaneTunerTests
{
    private const double MBps = 1e6;

    /// <summary>A line and the lanes on it: each grows twofold per round trip up to what its window or its losses allow, and all of them together up to what the line carries.</summary>
    private sealed class Line(LaneTuner tuner, double lane, double capacity, double roundTripMs)
    {
        private const double StepMs = 20;
        private readonly List<double> _rates = [];
        private readonly Queue<(double At, int Lanes)> _dialled = [];
        private double _bytes;
        private int _asked;

        public double NowMs { get; private set; }

        public double LaneRate { get; set; } = lane;

        public int Refused { get; set; } = int.MaxValue;

        public double Rate { get; private set; }

        public void Run(double seconds, bool hungry = true)
        {
            for (double end = NowMs + seconds * 1000; NowMs < end; NowMs += StepMs)
            {
                if (tuner.Lanes > _asked) _dialled.Enqueue((NowMs + 3 * roundTripMs, _asked = tuner.Lanes));
                while (_dialled.TryPeek(out var dialled) && dialled.At <= NowMs)
                {
                    _dialled.Dequeue();
                    while (_rates.Count < Math.Min(dialled.Lanes, Refused)) _rates.Add(14_000 / (roundTripMs / 1000));
                }

                for (int i = 0; i < _rates.Count; i++) _rates[i] = Math.Min(LaneRate, _rates[i] * Math.Pow(2, StepMs / roundTripMs));
                Rate = Math.Min(capacity, _rates.Take(tuner.Lanes).Sum());
                if (hungry) _bytes += Rate * StepMs / 1000;
                tuner.Observe((long)NowMs, (long)_bytes, hungry && _rates.Count > 0, Math.Min(_rates.Count, tuner.Lanes), roundTripMs);
            }
        }
    }

    [Theory]
    [InlineData(33, 125, 100, 4)] // a kernel's own window: a quarter of 1 Gbit/s over 100 ms
    [InlineData(12, 125, 150, 16)]
    [InlineData(40, 625, 80, 16)] // 5 Gbit/s
    [InlineData(0.5, 125, 100, 64)] // losses
    public void ThereAreAsManyAsTheLineNeeds(double lane, double capacity, double roundTripMs, int expected)
    {
        LaneTuner tuner = new(64);
        Line line = new(tuner, lane * MBps, capacity * MBps, roundTripMs);
        line.Run(20);
        Assert.Equal(expected, tuner.Lanes);
        Assert.Equal(Math.Min(expected * lane, capacity), tuner.Rate / MBps, 0.1 * capacity);
    }

    [Fact]
    public void OneIsEnoughWhereOneFillsTheLine()
    {
        LaneTuner tuner = new(64);
        Line line = new(tuner, 200 * MBps, 125 * MBps, 30);
        line.Run(15);
        Assert.Equal(1, tuner.Lanes);
        Assert.Equal(125 * MBps, line.Rate, MBps);
    }

    [Fact]
    public void NothingIsLearntOfALineThatIsLeftIdle()
    {
        LaneTuner tuner = new(64);
        new Line(tuner, 10 * MBps, 125 * MBps, 100).Run(60, hungry: false);
        Assert.Equal((1, 0), (tuner.Lanes, tuner.Rate));
    }

    [Fact]
    public void MoreAreTriedWhenALaneCarriesLess()
    {
        LaneTuner tuner = new(64);
        Line line = new(tuner, 40 * MBps, 125 * MBps, 50);
        line.Run(30);
        Assert.Equal(4, tuner.Lanes);
        line.LaneRate = 8 * MBps; // losses have set in
        line.Run(10);
        Assert.Equal(16, tuner.Lanes);
        Assert.Equal(125 * MBps, line.Rate, MBps);
    }

    [Fact]
    public void FewerAreTriedAndKeptIfTheyCarryAsMuch()
    {
        LaneTuner tuner = new(64);
        Line line = new(tuner, 8 * MBps, 125 * MBps, 50);
        line.Run(10);
        Assert.Equal(16, tuner.Lanes);
        line.LaneRate = 60 * MBps; // losses are over
        line.Run(200);
        Assert.InRange(tuner.Lanes, 2, 4);
        Assert.InRange(line.Rate, 115 * MBps, 125 * MBps);
    }

    [Fact]
    public void WhatThePeerTakesIsEnough()
    {
        LaneTuner tuner = new(64);
        Line line = new(tuner, 10 * MBps, 125 * MBps, 100) { Refused = 6 };
        line.Run(60);
        Assert.InRange(tuner.Lanes, 4, 6);
        Assert.InRange(line.Rate, 40 * MBps, 60 * MBps);
    }

    [Fact]
    public void APeerThatTakesNoMoreCostsNothing()
    {
        LaneTuner tuner = new(64);
        Line line = new(tuner, 10 * MBps, 125 * MBps, 100) { Refused = 1 };
        line.Run(60);
        Assert.InRange(tuner.Lanes, 1, 4);
        Assert.Equal(10 * MBps, line.Rate, MBps);
    }
}
