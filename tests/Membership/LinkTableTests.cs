using Collectives.Algorithms.Costs;
using Collectives.Transport;

namespace Collectives.Membership.Tests;

public sealed class LinkTableTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.2, 1)]
    [InlineData(99, 99)]
    [InlineData(99.6, 100)]
    [InlineData(104, 100)]
    [InlineData(105.1, 110)]
    [InlineData(20_432, 20_000)]
    [InlineData(123_456_789, 120_000_000)]
    [InlineData(996_000_000, 1_000_000_000)]
    [InlineData(double.PositiveInfinity, 990_000_000_000_000_000)]
    [InlineData(double.NaN, 0)]
    [InlineData(-3, 0)]
    public void ValuesHaveTwoDigits(double measured, long agreed) =>
        Assert.Equal(agreed, LinkTable.Of(2, (_, _) => 1, (_, _) => measured).BytesPerSecond(0, 1));

    [Fact]
    public void EveryPairHasItsOwnValues()
    {
        const int World = 7;
        LinkTable table = Numbered(World);
        for (int from = 0; from < World; from++)
        {
            for (int to = 0; to < World; to++)
            {
                if (from == to) continue;
                Assert.Equal((uint)(Math.Min(from, to) * 10 + Math.Max(from, to)), table.RoundTripUs(from, to));
                Assert.Equal(1 + from * 10 + to, table.BytesPerSecond(from, to));
            }
        }
    }

    /// <summary>Lost members go as they do from the roster; what is left is about the same members.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(0, 5)]
    [InlineData(1, 2, 6)]
    public void ALossTakesItsRowsAlong(params int[] lost)
    {
        NumberedRoster roster = new(7);
        Roster left = roster.Whole.Without(lost.Select(roster.Id).Contains);
        int[] old = [.. Enumerable.Range(0, 7).Except(lost)];
        Assert.Equal(old.Length, left.Links.World);
        for (int from = 0; from < old.Length; from++)
        {
            for (int to = 0; to < old.Length; to++)
            {
                Assert.Equal(roster.Whole.Links.RoundTripUs(old[from], old[to]), left.Links.RoundTripUs(from, to));
                Assert.Equal(roster.Whole.Links.BytesPerSecond(old[from], old[to]), left.Links.BytesPerSecond(from, to));
            }
        }
    }

    [Fact]
    public void NothingIsKnownOfOneMemberOfTooManyAndOfThoseThatToldNothing()
    {
        NumberedRoster roster = new(3);
        Assert.Equal(LinkTable.None, roster.Whole.Without(id => id != roster.Id(1)).Links);
        Assert.Equal(LinkTable.None, LinkTable.Of(Roster.MaxRingWorld + 1, (_, _) => 1, (_, _) => 1));
        Assert.Equal(LinkTable.None, LinkTable.Of(5, (_, _) => 0, (_, _) => 0));
    }

    [Fact]
    public void TheCostModelHasWhatTheRosterHas()
    {
        NumberedRoster roster = new(5);
        LinkModel links = RosterCosts.LinksOf(roster.Whole);
        Assert.Equal((roster.Whole.Links.RoundTripUs(1, 4), roster.Whole.Links.BytesPerSecond(4, 1)), (links.RoundTripUs(1, 4), links.BytesPerSecond(4, 1)));
        Assert.True(links.ShareHost(0, 2));
        Assert.False(links.ShareHost(0, 1));
        // A table of other members says nothing about these.
        Assert.False(RosterCosts.LinksOf(roster.Whole with { Links = Numbered(4) }).IsKnown);
    }

    internal static LinkTable Numbered(int world) => LinkTable.Of(world, (one, other) => one * 10 + other, (from, to) => 1 + from * 10 + to);

    /// <summary>A roster whose members take turns on two hosts.</summary>
    private sealed class NumberedRoster(int world)
    {
        public Roster Whole { get; } =
            new(3, [.. Enumerable.Range(1, world).Select(i => new RosterMember(new MemberId((ulong)i, 0), "10.0.0." + i % 2, i))], 0) { Links = Numbered(world) };

        public MemberId Id(int rank) => Whole[rank].Id;
    }
}
