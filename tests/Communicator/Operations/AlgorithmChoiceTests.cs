using Collectives.Communication.Operations;

namespace Collectives.Communication.Tests.Operations;

/// <summary>The table of docs/algorithms.md.</summary>
public sealed class AlgorithmChoiceTests
{
    private const long KiB = 1024;

    [Theory]
    [InlineData(2, 256)]
    [InlineData(3, 128)]
    [InlineData(5, 64)]
    [InlineData(9, 32)]
    public void ExchangeWhileAMemberSendsLittle(int world, long upToKiB)
    {
        Assert.Equal(Algorithm.Exchange, AlgorithmChoice.Choose(Algorithm.Auto, upToKiB * KiB, world, oneHost: false));
        Assert.Equal(Algorithm.Ring, AlgorithmChoice.Choose(Algorithm.Auto, upToKiB * KiB + 4, world, oneHost: false));
    }

    [Theory]
    [InlineData(3, 256)]
    [InlineData(5, 256)]
    [InlineData(8, 146)]
    public void HubOnOneHost(int world, long upToKiB)
    {
        Assert.Equal(Algorithm.Star, AlgorithmChoice.Choose(Algorithm.Auto, 0, world, oneHost: true));
        Assert.Equal(Algorithm.Star, AlgorithmChoice.Choose(Algorithm.Auto, upToKiB * KiB, world, oneHost: true));
        Assert.Equal(Algorithm.Ring, AlgorithmChoice.Choose(Algorithm.Auto, (upToKiB + 1) * KiB, world, oneHost: true));
    }

    /// <summary>Members have links to all others only in worlds up to 32.</summary>
    [Theory]
    [InlineData(Algorithm.Auto)]
    [InlineData(Algorithm.Exchange)]
    [InlineData(Algorithm.Star)]
    public void RingWhereLinksAreMissing(Algorithm wanted) =>
        Assert.Equal(Algorithm.Ring, AlgorithmChoice.Choose(wanted, 4, world: 33, oneHost: true));

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public void NoHubInPairsAndLargeWorlds(int world) =>
        Assert.Equal(Algorithm.Exchange, AlgorithmChoice.Choose(Algorithm.Auto, 4 * KiB, world, oneHost: true));
}
