using Collectives.Algorithms.Costs;
using static Collectives.Algorithms.Tests.Costs.Worlds;

namespace Collectives.Algorithms.Tests.Costs;

/// <summary>What is best where it is known what is best, and that all members choose the same.</summary>
public sealed class ChooserTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void OnOneHostTinyOnesTakeTheFewestFramesAndLargeOnesTheRing(int world)
    {
        Assert.Equal(Algorithm.Star, Choose(LinkModel.OneHost(world), 4));
        Assert.Equal(Algorithm.Star, Choose(LinkModel.OneHost(world), 4 * KiB));
        Assert.Equal(Algorithm.Ring, Choose(LinkModel.OneHost(world), 256 * MiB));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void OverLongLinesTinyOnesTakeOneHop(int world) => Assert.Equal(Algorithm.Exchange, Choose(LongLines(world), 4));

    [Theory]
    [InlineData(6)]
    [InlineData(8)]
    public void OverLongLinesLargeOnesTakeAllLinesAtOnce(int world)
    {
        Assert.Equal(Algorithm.Direct, Choose(LongLines(world), 256 * MiB));
        Assert.Equal(Algorithm.Direct, Choose(LongLines(world), 256 * MiB, Collective.ReduceScatter));
        Assert.Equal(Algorithm.Direct, Choose(LongLines(world), 256 * MiB, Collective.AllGather));
        Assert.Equal(Algorithm.Halving, Choose(LongLines(world), 256 * MiB, Collective.Broadcast, root: 1));
        Assert.Equal(Algorithm.Halving, Choose(LongLines(world), 256 * MiB, Collective.Reduce, root: 1));
    }

    [Fact]
    public void TinyBroadcastsAndReductionsTakeOneHop()
    {
        Assert.Equal(Algorithm.Direct, Choose(LongLines(6), 4, Collective.Broadcast));
        Assert.Equal(Algorithm.Direct, Choose(LongLines(6), 4, Collective.Reduce, root: 5));
    }

    /// <summary>One line is slower than all others by far: whoever sends everything everywhere waits for it.</summary>
    [Fact]
    public void ARingAvoidsASlowLine()
    {
        const int World = 5;
        var roundTrips = new uint[World * World];
        var rates = new long[World * World];
        for (int from = 0; from < World; from++)
        {
            for (int to = 0; to < World; to++)
                if (from != to) (roundTrips[from * World + to], rates[from * World + to]) = (FarUs, from + to == 2 ? Far / 50 : Far);
        }

        LinkModel links = new(roundTrips, rates, [0, 1, 2, 3, 4]);
        Chooser chooser = ChooserOf(links, Algorithm.Ring, Algorithm.Halving, Algorithm.Direct);
        Assert.Equal(Algorithm.Ring, chooser.Choose(new ChoiceQuestion(Collective.AllReduce, 256 * MiB)).Algorithm);
    }

    /// <summary>Lines between sites carry the data once and not for each member.</summary>
    [Fact]
    public void TwoSitesOfNearMembersGoBySites()
    {
        LinkModel links = OfSites(4, 4);
        Assert.Equal([[0, 1, 2, 3], [4, 5, 6, 7]], ChooserOf(links).Sites);
        Chooser chooser = ChooserOf(links, Algorithm.Ring, Algorithm.Tree, Algorithm.Halving, Algorithm.Hierarchical);
        Assert.Equal(Algorithm.Hierarchical, chooser.Choose(new ChoiceQuestion(Collective.AllReduce, 256 * MiB)).Algorithm);
    }

    [Fact]
    public void SitesAreDrawnBySingleLinkageAndHosts()
    {
        // 0 is near 1, and 1 near 2; 3 shares 0's host; 4 is far from all.
        var roundTrips = new uint[25];
        Array.Fill(roundTrips, FarUs);
        roundTrips[1] = roundTrips[5] = roundTrips[7] = roundTrips[11] = 500;
        Assert.Equal([[0, 1, 2, 3], [4]], Sites.Of(new LinkModel(roundTrips, new long[25], [7, 1, 2, 7, 4])));
        Assert.Equal([[0, 1, 2]], Sites.Of(LinkModel.OneHost(3)));
        Assert.Equal([[0], [1]], Sites.Of(LongLines(2)));
    }

    [Fact]
    public void HierarchicalIsNoChoiceWithoutNearMembersOrFarOnes()
    {
        Assert.DoesNotContain(Algorithm.Hierarchical, Explained(LongLines(4)));
        Assert.DoesNotContain(Algorithm.Hierarchical, Explained(LinkModel.OneHost(4)));
        Assert.Contains(Algorithm.Hierarchical, Explained(OfSites(1, 2)));
    }

    [Fact]
    public void WhatTakesOneFrameIsNoChoiceForLargeOnes()
    {
        LinkModel links = LongLines(4);
        Assert.Contains(Algorithm.Exchange, Explained(links, 256 * KiB));
        Assert.DoesNotContain(Algorithm.Exchange, Explained(links, 256 * KiB + 1));
        Assert.DoesNotContain(Algorithm.Star, Explained(links, 256 * KiB + 1));
    }

    [Theory]
    [InlineData(33)]
    [InlineData(4096)]
    public void LargeWorldsChooseAmongWhatTheirLinksAllow(int world)
    {
        Assert.Equal([Algorithm.Ring, Algorithm.Tree, Algorithm.Halving], Explained(LinkModel.OneHost(world)));
        Assert.Equal(Algorithm.Tree, Choose(Apart(world), 4));
        Assert.NotEqual(Algorithm.Ring, Choose(Apart(world), MiB));
        Assert.Equal(Algorithm.Ring, ChooserOf(Apart(world), Algorithm.Ring).Choose(new ChoiceQuestion(Collective.AllReduce, 4)).Algorithm);

        static LinkModel Apart(int world) => new([], [], [.. Enumerable.Range(0, world)]);
    }

    [Fact]
    public void OfEqualsTheLowerNumberIsChosen()
    {
        // Two members send the same over the same two links, however they call it.
        Assert.Equal(Algorithm.Ring, ChooserOf(LongLines(2), Algorithm.Ring, Algorithm.Halving, Algorithm.Direct).Choose(new ChoiceQuestion(Collective.AllReduce, 8)).Algorithm);
        Assert.Equal(Algorithm.Ring, Choose(LinkModel.OneHost(1), 1000));
    }

    [Fact]
    public void OnlyWhatIsAllowedIsChosen()
    {
        LinkModel links = LongLines(4);
        Assert.Equal(Algorithm.Ring, ChooserOf(links, Algorithm.Ring).Choose(new ChoiceQuestion(Collective.AllReduce, 4)).Algorithm);
        Assert.Equal(Algorithm.Auto, ChooserOf(links, Algorithm.Tree).Choose(new ChoiceQuestion(Collective.AllGather, 4)).Algorithm);
        Assert.Equal(Algorithm.Auto, ChooserOf(links).Choose(new ChoiceQuestion(Collective.Barrier, 0)).Algorithm);
    }

    /// <summary>Members ask in different order, and some have asked before: what they are told is the same to the last bit.</summary>
    [Fact]
    public void EveryMemberChoosesTheSame()
    {
        Random random = new(5);
        foreach (LinkModel links in new[] { LinkModel.OneHost(3), LongLines(7), OfSites(2, 3, 1), Drawn(random, 9), Drawn(random, 32) })
        {
            ChoiceQuestion[] questions =
            [
                .. Enumerable.Range(0, 60).Select(_ => new ChoiceQuestion((Collective)random.Next(1, 6), random.NextInt64(1L << random.Next(34)), random.Next(links.World))),
            ];
            Choice[] one = Ask(ChooserOf(links), questions);
            Choice[] other = Ask(ChooserOf(links), [.. questions.Reverse()]);
            Assert.Equal(one, other.Reverse());
        }

        static Choice[] Ask(Chooser chooser, ChoiceQuestion[] questions) => [.. questions.Select(question => chooser.Choose(question))];
    }

    [Fact]
    public void TheChoiceIsTheBestOfWhatIsExplained()
    {
        Random random = new(6);
        for (int world = 2; world <= 12; world++)
        {
            Chooser chooser = ChooserOf(Drawn(random, world));
            for (long bytes = 1; bytes < 1L << 30; bytes *= 4)
            {
                ChoiceQuestion question = new(Collective.AllReduce, bytes);
                Choice choice = chooser.Choose(question);
                Candidate[] explained = [.. chooser.Explain(question)];
                Candidate chosen = explained.First(candidate => candidate.Seconds <= 1.05 * explained.Min(other => other.Seconds));
                Assert.Equal(new Choice(chosen.Algorithm, chosen.Seconds), choice);
                Assert.Equal(choice, chooser.Choose(question with { Bytes = bytes - bytes / 32 }));
            }
        }
    }

    private static Algorithm[] Explained(LinkModel links, long bytes = 64) =>
        [.. ChooserOf(links).Explain(new ChoiceQuestion(Collective.AllReduce, bytes)).Select(candidate => candidate.Algorithm)];

    private static LinkModel Drawn(Random random, int world)
    {
        var roundTrips = new uint[world * world];
        var rates = new long[world * world];
        for (int i = 0; i < roundTrips.Length; i++)
            (roundTrips[i], rates[i]) = ((uint)random.Next(100, 90_000), random.NextInt64(0, 200_000_000));
        return new LinkModel(roundTrips, rates, [.. Enumerable.Range(0, world).Select(rank => rank / 2)]);
    }
}
