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
    [InlineData(33, 8)]
    public void ExchangeWhileAMemberSendsLittle(int world, long upToKiB)
    {
        Assert.Equal(Algorithm.Exchange, AlgorithmChoice.Choose(upToKiB * KiB, world, oneHost: false));
        Assert.Equal(Algorithm.Ring, AlgorithmChoice.Choose(upToKiB * KiB + 4, world, oneHost: false));
    }

    [Theory]
    [InlineData(3, 256)]
    [InlineData(5, 256)]
    [InlineData(8, 146)]
    public void HubOnOneHost(int world, long upToKiB)
    {
        Assert.Equal(Algorithm.Hub, AlgorithmChoice.Choose(0, world, oneHost: true));
        Assert.Equal(Algorithm.Hub, AlgorithmChoice.Choose(upToKiB * KiB, world, oneHost: true));
        Assert.Equal(Algorithm.Ring, AlgorithmChoice.Choose((upToKiB + 1) * KiB, world, oneHost: true));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public void NoHubInPairsAndLargeWorlds(int world) =>
        Assert.Equal(Algorithm.Exchange, AlgorithmChoice.Choose(4 * KiB, world, oneHost: true));
}
