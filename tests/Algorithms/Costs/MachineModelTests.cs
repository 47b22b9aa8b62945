using Collectives.Algorithms.Costs;
using static Collectives.Algorithms.Tests.Costs.Worlds;

namespace Collectives.Algorithms.Tests.Costs;

/// <summary>The constants against what they were found by: least times of all-reduces on loopback, two cores, f32 sum.</summary>
public sealed class MachineModelTests
{
    [Theory]
    [InlineData(Algorithm.Exchange, 2, KiB, 14.2)]
    [InlineData(Algorithm.Ring, 2, KiB, 21.2)]
    [InlineData(Algorithm.Ring, 2, 128 * KiB, 53.9)]
    [InlineData(Algorithm.Ring, 2, 64 * MiB, 19_696)]
    [InlineData(Algorithm.Star, 4, KiB, 76)]
    [InlineData(Algorithm.Exchange, 4, KiB, 87)]
    [InlineData(Algorithm.Ring, 4, KiB, 131)]
    [InlineData(Algorithm.Ring, 4, 256 * KiB, 313)]
    [InlineData(Algorithm.Ring, 4, 64 * MiB, 64_844)]
    [InlineData(Algorithm.Ring, 8, KiB, 513)]
    [InlineData(Algorithm.Ring, 8, 256 * KiB, 986)]
    [InlineData(Algorithm.Ring, 8, 64 * MiB, 153_317)]
    public void WhatIsPredictedIsNearWhatWasMeasured(Algorithm algorithm, int world, long bytes, double microseconds)
    {
        Candidate candidate = Assert.Single(ChooserOf(LinkModel.OneHost(world), algorithm).Explain(new ChoiceQuestion(Collective.AllReduce, bytes)));
        Assert.InRange(1e6 * candidate.Seconds / microseconds, 0.75, 1.33);
    }
}
