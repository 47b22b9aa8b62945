using Collectives.Membership.Tests.Coordination;
using Collectives.Membership.Topology;
using Collectives.Transport;

namespace Collectives.Membership.Tests.Topology;

public sealed class ProbeRoundsTests
{
    private const int GraceMs = 2000;

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(12)]
    [InlineData(32)]
    public void EachDirectionIsProbedOnceAndNobodySendsOrReceivesTwoAtATime(int members)
    {
        var rounds = new ProbeRounds();
        AddAll(rounds, members);
        Assert.Equal(members * (members - 1), rounds.Left);
        HashSet<(MemberId, MemberId)> probed = [];
        int count = 0;
        for (; !rounds.IsDone; count++)
        {
            var started = rounds.Start(0);
            Assert.NotEmpty(started);
            Assert.Distinct(started.Select(probe => probe.From));
            Assert.Distinct(started.Select(probe => probe.To));
            foreach ((ulong number, MemberId from, MemberId to, _) in started)
            {
                Assert.True(probed.Add((from, to)), "a link was probed twice");
                Assert.Equal(to, rounds.Answer(number, from));
            }
        }

        Assert.Equal(members * (members - 1), probed.Count);
        // As many as possible at a time: P-1 rounds, and a few for those that do not fit.
        Assert.InRange(count, members - 1, members + 2 + members / 4);
    }

    [Fact]
    public void ProbesThatTakeDifferentTimesStillKeepOutOfEachOthersWay()
    {
        const int members = 9;
        Random random = new(5);
        var rounds = new ProbeRounds();
        AddAll(rounds, members);
        List<(ulong Number, MemberId From, MemberId To)> running = [];
        int probed = 0;
        while (!rounds.IsDone)
        {
            running.AddRange(rounds.Start(0).Select(probe => (probe.Number, probe.From, probe.To)));
            Assert.Distinct(running.Select(probe => probe.From));
            Assert.Distinct(running.Select(probe => probe.To));
            int ended = random.Next(running.Count);
            Assert.Equal(running[ended].To, rounds.Answer(running[ended].Number, running[ended].From));
            running.RemoveAt(ended);
            probed++;
        }

        Assert.Equal(members * (members - 1), probed);
    }

    [Fact]
    public void WhatIsWantedTwiceIsProbedOnce()
    {
        var rounds = new ProbeRounds();
        rounds.Add(World.Id(0), World.Id(1), 20_000);
        rounds.Add(World.Id(0), World.Id(1), 20_000);
        Assert.Equal(1, rounds.Left);
        Assert.Single(rounds.Start(0));
        rounds.Add(World.Id(0), World.Id(1), 20_000);
        Assert.Equal(1, rounds.Left);
        Assert.Empty(rounds.Start(0));
    }

    [Fact]
    public void AnAnswerCountsOnceAndOnlyOfWhoWasAsked()
    {
        var rounds = new ProbeRounds();
        rounds.Add(World.Id(0), World.Id(1), 20_000);
        (ulong number, _, _, _) = Assert.Single(rounds.Start(0));
        Assert.Null(rounds.Answer(number, World.Id(1)));
        Assert.Null(rounds.Answer(number + 1, World.Id(0)));
        Assert.False(rounds.IsDone);
        Assert.Equal(World.Id(1), rounds.Answer(number, World.Id(0)));
        Assert.Null(rounds.Answer(number, World.Id(0)));
        Assert.True(rounds.IsDone);
    }

    [Theory]
    [InlineData(1_000, 500)]
    [InlineData(100_000, 1000)]
    [InlineData(4_000_000_000, 3000)]
    public void AProbeMayTakeSomeRoundTripsAndIsGivenUpLater(uint roundTripUs, int limitMs)
    {
        var rounds = new ProbeRounds();
        rounds.Add(World.Id(0), World.Id(1), roundTripUs);
        Assert.Equal(long.MaxValue, rounds.DueAt);
        Assert.Equal(limitMs, Assert.Single(rounds.Start(7000)).LimitMs);
        Assert.Equal(7000 + limitMs + GraceMs, rounds.DueAt);
        rounds.Expire(rounds.DueAt - 1);
        Assert.False(rounds.IsDone);
        rounds.Expire(rounds.DueAt);
        Assert.True(rounds.IsDone);
    }

    [Fact]
    public void AMemberWhoseProbeIsGivenUpIsFreeForOthers()
    {
        var rounds = new ProbeRounds();
        rounds.Add(World.Id(0), World.Id(1), 20_000);
        rounds.Add(World.Id(0), World.Id(2), 20_000);
        (ulong number, _, _, _) = Assert.Single(rounds.Start(0));
        Assert.Empty(rounds.Start(1));
        long due = rounds.DueAt;
        rounds.Expire(due);
        Assert.Null(rounds.Answer(number, World.Id(0))); // too late
        Assert.Single(rounds.Start(due));
    }

    [Fact]
    public void ProbesOfMembersThatGoAreNotWaitedFor()
    {
        var rounds = new ProbeRounds();
        AddAll(rounds, 4);
        rounds.Start(0);
        rounds.Keep(id => id != World.Id(2));
        Assert.Equal(6, rounds.Left);
        HashSet<(MemberId, MemberId)> probed = [];
        for (int i = 0; i < 10; i++)
        {
            foreach ((ulong number, MemberId from, MemberId to, _) in rounds.Start(0))
            {
                probed.Add((from, to));
                rounds.Answer(number, from);
            }

            rounds.Expire(rounds.DueAt); // those that had begun before
        }

        Assert.True(rounds.IsDone);
        Assert.DoesNotContain(probed, probe => probe.Item1 == World.Id(2) || probe.Item2 == World.Id(2));
    }

    private static void AddAll(ProbeRounds rounds, int members)
    {
        for (int from = 0; from < members; from++)
        {
            for (int to = 0; to < members; to++)
                if (from != to) rounds.Add(World.Id(from), World.Id(to), 20_000);
        }
    }
}
