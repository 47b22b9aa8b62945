using Collectives.Algorithms.Schedules;

namespace Collectives.Algorithms.Tests.Schedules;

/// <summary>The exchange, direct and in a star, played through without a socket for every world from 2 to 33.</summary>
public sealed class ExchangeScheduleTests
{
    public static TheoryData<int, bool> Worlds
    {
        get
        {
            TheoryData<int, bool> worlds = [];
            for (int world = 2; world <= 33; world++)
            {
                worlds.Add(world, false);
                worlds.Add(world, true);
            }

            return worlds;
        }
    }

    /// <summary>A member holds the result once it has added up all inputs, or has been sent it by one that has.</summary>
    [Theory]
    [MemberData(nameof(Worlds))]
    public void EverybodyGetsTheResultOfAllInputs(int world, bool star)
    {
        ExchangeSchedule[] members = Members(world, star);
        int[] ranks = [.. Enumerable.Range(0, world)];
        foreach (int rank in ranks)
        {
            int[] inputs = [.. ranks.Where(members[rank].ReceivesInput)];
            int[] results = [.. ranks.Where(members[rank].ReceivesResult)];
            Assert.Equal(members[rank].Awaited, inputs.Length + results.Length);
            if (members[rank].AddsUp)
            {
                Assert.Equal(ranks.Except([rank]), inputs);
                Assert.Empty(results);
            }
            else
            {
                Assert.Empty(inputs);
                Assert.True(members[Assert.Single(results)].AddsUp);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void SendersAndReceiversAgree(int world, bool star)
    {
        ExchangeSchedule[] members = Members(world, star);
        for (int from = 0; from < world; from++)
        {
            for (int to = 0; to < world; to++)
            {
                Assert.Equal(members[from].SendsInput(to), members[to].ReceivesInput(from));
                Assert.Equal(members[from].SendsResult(to), members[to].ReceivesResult(from));
                // One buffer for each other member at most.
                Assert.False(members[from].SendsInput(to) && members[from].SendsResult(to));
            }

            Assert.False(members[from].SendsInput(from) || members[from].SendsResult(from));
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void BuffersSentAreAsStated(int world, bool star)
    {
        ExchangeSchedule[] members = Members(world, star);
        for (int rank = 0; rank < world; rank++)
        {
            int sent = Enumerable.Range(0, world).Count(to => members[rank].SendsInput(to) || members[rank].SendsResult(to));
            Assert.Equal(!star || rank == ExchangeSchedule.Centre ? world - 1 : 1, sent);
        }
    }

    private static ExchangeSchedule[] Members(int world, bool star) =>
        [.. Enumerable.Range(0, world).Select(rank => new ExchangeSchedule(rank, world, star))];
}
