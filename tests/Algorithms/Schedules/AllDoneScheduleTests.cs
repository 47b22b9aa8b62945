using Collectives.Algorithms.Schedules;

namespace Collectives.Algorithms.Tests.Schedules;

public sealed class AllDoneScheduleTests
{
    public static TheoryData<int> Worlds => [.. Enumerable.Range(1, 33)];

    /// <summary>Whoever has heard all rounds has heard, at first or second hand, of every member.</summary>
    [Theory]
    [MemberData(nameof(Worlds))]
    public void WhoHasHeardAllRoundsKnowsOfEverybody(int world)
    {
        EverybodyIsKnown(world, isSparing: false);
        EverybodyIsKnown(world, isSparing: true);
    }

    private static void EverybodyIsKnown(int world, bool isSparing)
    {
        AllDoneSchedule[] members = [.. Enumerable.Range(0, world).Select(rank => new AllDoneSchedule(rank, world, isSparing))];
        HashSet<int>[] known = [.. Enumerable.Range(0, world).Select(rank => new HashSet<int> { rank })];
        for (int round = 0; round < members[0].Rounds; round++)
        {
            HashSet<int>[] before = [.. known.Select(set => new HashSet<int>(set))];
            for (int rank = 0; rank < world; rank++)
            {
                int source = members[rank].Source(round);
                Assert.Equal(rank, members[source].Target(round));
                // A direct frame speaks for its sender alone; a round of dissemination for all that it has heard.
                known[rank].UnionWith(members[rank].IsDirect ? [source] : before[source]);
            }
        }

        Assert.All(known, set => Assert.Equal(world, set.Count));
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void FramesPerMemberAreAsStated(int world)
    {
        int few = (int)Math.Ceiling(Math.Log2(world));
        Assert.Equal(world <= AllDoneSchedule.DirectWorld ? world - 1 : few, new AllDoneSchedule(0, world).Rounds);
        Assert.Equal(few, new AllDoneSchedule(0, world, isSparing: true).Rounds);
    }

    [Fact]
    public void ARoundWaitsForTheOnesBeforeItUnlessItIsDirect()
    {
        Assert.Equal(1, new AllDoneSchedule(0, 8, isSparing: true).Sendable(0));
        Assert.Equal(3, new AllDoneSchedule(0, 8, isSparing: true).Sendable(2));
        Assert.Equal(7, new AllDoneSchedule(0, 8).Sendable(0));
        Assert.Equal(1, new AllDoneSchedule(0, 9).Sendable(0));
        Assert.Equal(3, new AllDoneSchedule(0, 9).Sendable(2));
        Assert.Equal(4, new AllDoneSchedule(0, 9).Sendable(4));
    }

    [Fact]
    public void EveryScheduleHasItsLinks()
    {
        for (int world = 1; world <= 100; world++)
        {
            for (int rank = 0; rank < world; rank++)
            {
                AllDoneSchedule done = new(rank, world);
                for (int round = 0; round < done.Rounds; round++)
                {
                    Assert.True(LinkSchedule.Needs(rank, done.Target(round), world));
                    Assert.True(LinkSchedule.Needs(done.Target(round), rank, world));
                }

                if (world > 1) Assert.True(LinkSchedule.Needs(rank, new RingSchedule(rank, world).Next, world));
                Assert.False(LinkSchedule.Needs(rank, rank, world));
            }
        }
    }
}
