using Collectives.Algorithms.Costs;
using static Collectives.Algorithms.Tests.Costs.Worlds;

namespace Collectives.Algorithms.Tests.Costs;

/// <summary>The model's times are those of the formulas that stand with the families, where links are all alike and machines take no time.</summary>
public sealed class CostModelTests
{
    private const double Hop = FarUs / 2e6;

    private static readonly MachineModel s_idle = new()
    {
        Hop = 0,
        SendFrame = 0,
        ReceiveFrame = 0,
        SendByte = 0,
        ReceiveByte = 0,
        ReduceByte = 0,
        SpilledByte = 0,
    };

    /// <summary>A frame of a byte per member, which takes no time on the line.</summary>
    [Theory]
    [InlineData(Algorithm.Ring, Collective.AllReduce, 14)]
    [InlineData(Algorithm.TwoWayRing, Collective.AllReduce, 14)]
    [InlineData(Algorithm.Exchange, Collective.AllReduce, 1)]
    [InlineData(Algorithm.Star, Collective.AllReduce, 2)]
    [InlineData(Algorithm.Halving, Collective.AllReduce, 6)]
    [InlineData(Algorithm.Direct, Collective.AllReduce, 2)]
    [InlineData(Algorithm.Ring, Collective.ReduceScatter, 7)]
    [InlineData(Algorithm.Halving, Collective.AllGather, 3)]
    [InlineData(Algorithm.Direct, Collective.ReduceScatter, 1)]
    [InlineData(Algorithm.Ring, Collective.Broadcast, 7)]
    [InlineData(Algorithm.Halving, Collective.Reduce, 2)]
    [InlineData(Algorithm.Direct, Collective.Broadcast, 1)]
    public void TinyCallsTakeTheirHopsAndTheOneOfAllDone(Algorithm algorithm, Collective collective, int hops)
    {
        Candidate candidate = Predict(algorithm, collective, 8, 8);
        Assert.Equal(hops, candidate.Hops);
        Assert.Equal((hops + 1) * Hop, candidate.Seconds, 0.001);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(17)]
    [InlineData(32)]
    public void TreesAreAboutLogarithmicallyDeep(int world)
    {
        int most = 2 * (int)Math.Ceiling(Math.Log2(world)) + 2;
        Assert.InRange(Predict(Algorithm.Tree, Collective.AllReduce, 8, world).Hops, 2, most);
        Assert.InRange(Predict(Algorithm.Tree, Collective.Broadcast, 8, world).Hops, 1, most / 2 + 1);
        Assert.InRange(Predict(Algorithm.Halving, Collective.AllReduce, 8, world).Hops, 2, most - 2);
    }

    /// <summary>In lines' worth of the whole buffer, on the busiest one.</summary>
    [Theory]
    [InlineData(Algorithm.Ring, Collective.AllReduce, 2 * 7.0 / 8)]
    [InlineData(Algorithm.TwoWayRing, Collective.AllReduce, 7.0 / 8)]
    [InlineData(Algorithm.Tree, Collective.AllReduce, 1)]
    [InlineData(Algorithm.Halving, Collective.AllReduce, 0.5)]
    [InlineData(Algorithm.Direct, Collective.AllReduce, 2.0 / 8)]
    [InlineData(Algorithm.Ring, Collective.AllGather, 7.0 / 8)]
    [InlineData(Algorithm.Direct, Collective.ReduceScatter, 1.0 / 8)]
    [InlineData(Algorithm.Ring, Collective.Broadcast, 1)]
    [InlineData(Algorithm.Direct, Collective.Reduce, 1)]
    [InlineData(Algorithm.Halving, Collective.Broadcast, 1.0 / 7)]
    public void LargeCallsTakeWhatTheirBusiestLineDoes(Algorithm algorithm, Collective collective, double buffers)
    {
        long bytes = 4096 * MiB;
        double line = buffers * bytes / Far;
        Assert.InRange(Predict(algorithm, collective, bytes, 8).Seconds, line, 1.1 * line + 20 * Hop);
    }

    /// <summary>2(P-1)/P of the buffer, which is the least possible (Patarasuk and Yuan 2009, section 3).</summary>
    [Theory]
    [InlineData(Algorithm.Ring)]
    [InlineData(Algorithm.TwoWayRing)]
    [InlineData(Algorithm.Halving)]
    [InlineData(Algorithm.Direct)]
    public void ThoseThatCutIntoABlockForEachMemberSendTheLeast(Algorithm algorithm)
    {
        for (int world = 3; world <= 32; world++)
            Assert.Equal(2 * (world - 1), Predict(algorithm, Collective.AllReduce, world * MiB, world).BytesSent / (double)MiB, 0.001);
    }

    [Fact]
    public void MoreBytesNeverTakeLess()
    {
        foreach (LinkModel links in new[] { LinkModel.OneHost(4), LongLines(5), OfSites(3, 3), LinkModel.Uniform(6, 80, 0) })
        {
            foreach (Collective collective in new[] { Collective.AllReduce, Collective.ReduceScatter, Collective.AllGather, Collective.Broadcast, Collective.Reduce })
            {
                Dictionary<Algorithm, double> before = [];
                for (long bytes = 1; bytes <= 256 * MiB; bytes *= 4)
                {
                    foreach (Candidate candidate in ChooserOf(links).Explain(new ChoiceQuestion(collective, bytes)))
                    {
                        // Where the segments change their length, their number can fall: by a frame's time at most.
                        Assert.True(candidate.Seconds >= before.GetValueOrDefault(candidate.Algorithm) * 0.95, $"{collective} by {candidate.Algorithm} of {bytes}");
                        before[candidate.Algorithm] = candidate.Seconds;
                    }
                }
            }
        }
    }

    [Fact]
    public void SeveralRingsTakeTheirSharesOfALargeBuffer()
    {
        RingWay[] both = [new([0, 1, 2], 1), new([2, 1, 0], 1)];
        double one = Seconds([both[0]], 64 * MiB), two = Seconds(both, 64 * MiB);
        Assert.InRange(two, 0.45 * one, 0.55 * one);
        Assert.Equal(Seconds([both[0]], MiB), Seconds(both, MiB));

        static double Seconds(RingWay[] rings, long bytes) =>
            new Chooser(LongLines(3), rings, AlgorithmSet.Of(Algorithm.Ring)).Choose(new ChoiceQuestion(Collective.AllReduce, bytes)).Seconds;
    }

    [Fact]
    public void AFarLinkOfWhichNothingIsKnownCountsAsHalfOfTheSlowest()
    {
        LinkModel links = new([0, FarUs, FarUs, 0], [0, Far, 0, 0], [0, 1]);
        Assert.Equal(Far / 2, links.UnknownFarRate);
    }

    private static Candidate Predict(Algorithm algorithm, Collective collective, long bytes, int world) =>
        Assert.Single(new Chooser(LongLines(world), s_idle, [], AlgorithmSet.Of(algorithm)).Explain(new ChoiceQuestion(collective, bytes)));
}
