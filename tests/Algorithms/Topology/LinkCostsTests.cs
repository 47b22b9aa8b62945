using Collectives.Algorithms.Topology;

namespace Collectives.Algorithms.Tests.Topology;

public sealed class LinkCostsTests
{
    [Fact]
    public void DirectionsAreKeptApartAndTheDiagonalIsNoLink()
    {
        LinkCosts costs = new(2, [9, 1e6, 2e6, 9], [9, 0.01, 0.02, 9]);
        Assert.Equal(1e6, costs.Rate(0, 1));
        Assert.Equal(2e6, costs.Rate(1, 0));
        Assert.Equal(0.01, costs.LatencySeconds(0, 1));
        Assert.Equal(0.02, costs.LatencySeconds(1, 0));
        Assert.Equal(0, costs.Rate(1, 1));
    }

    [Fact]
    public void LaterChangesOfTheArraysDoNotShow()
    {
        double[] rates = [0, 1e6, 2e6, 0];
        LinkCosts costs = new(2, rates, new double[4]);
        rates[1] = 5;
        Assert.Equal(1e6, costs.Rate(0, 1));
    }

    [Fact]
    public void WithoutALinkTheLatencyIsNotLookedAt()
    {
        LinkCosts costs = new(2, [0, 0, 1e6, 0], [0, double.NaN, 0, 0]);
        Assert.Equal(double.PositiveInfinity, costs.LatencySeconds(0, 1));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(double.NaN, 0)]
    [InlineData(1, -1)]
    [InlineData(1, double.NaN)]
    [InlineData(1, double.PositiveInfinity)]
    public void NumbersThatMeanNothingAreRefused(double rate, double latency) =>
        Assert.Throws<ArgumentException>(() => new LinkCosts(2, [0, rate, 1, 0], [0, latency, 0, 0]));

    [Theory]
    [InlineData(1)]
    [InlineData(65)]
    public void WorldsFrom2To64ArePlannedFor(int world)
    {
        double[] zeros = new double[world * world];
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkCosts(world, zeros, zeros));
    }
}
