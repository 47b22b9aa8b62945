using Collectives.Algorithms.Schedules;

namespace Collectives.Algorithms.Tests.Schedules;

/// <summary>The ring, played through without a socket for every world from 1 to 33.</summary>
public sealed class RingScheduleTests
{
    public static TheoryData<int> Worlds => [.. Enumerable.Range(2, 32)];

    [Theory]
    [MemberData(nameof(Worlds))]
    public void EveryChunkIsReducedInRankOrderAndReachesEverybody(int world)
    {
        RingSchedule[] members = [.. Enumerable.Range(0, world).Select(rank => new RingSchedule(rank, world))];
        for (int chunk = 0; chunk < world; chunk++)
        {
            RingSchedule at = members.Single(member => member.StartedChunk == chunk);
            List<int> contributions = [at.Rank];
            int hops = 0;
            while (at.ForwardsPartial(chunk))
            {
                at = members[at.Next];
                hops++;
                Assert.True(at.ReceivesPartial(chunk));
                contributions.Add(at.Rank);
            }

            Assert.Equal(at.Rank, at.OwnedChunk);
            Assert.Equal(chunk, at.OwnedChunk);
            Assert.Equal(Enumerable.Range(1, world).Select(i => (chunk + i) % world), contributions);
            Assert.Equal(world - 1, hops);

            List<int> holders = [at.Rank];
            while (at.ForwardsResult(chunk))
            {
                at = members[at.Next];
                hops++;
                Assert.True(at.ReceivesResult(chunk));
                holders.Add(at.Rank);
            }

            Assert.Equal(Enumerable.Range(0, world), holders.Order());
            Assert.Equal(2 * (world - 1), hops);
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void EachMemberSendsTwoPMinusOneOverPOfTheBuffer(int world)
    {
        const int Count = 33 * 32 * 31;
        ChunkLayout layout = new(Count, 4, world);
        for (int rank = 0; rank < world; rank++)
        {
            RingSchedule ring = new(rank, world);
            long sent = layout.ChunkBytes(ring.StartedChunk);
            for (int chunk = 0; chunk < world; chunk++)
            {
                if (ring.ReceivesPartial(chunk) && ring.ForwardsPartial(chunk)) sent += layout.ChunkBytes(chunk);
                if (ring.ForwardsResult(chunk)) sent += layout.ChunkBytes(chunk);
            }

            double expected = 2.0 * (world - 1) / world * Count * 4;
            Assert.InRange(sent, expected - 8 * world, expected + 8 * world);
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void NeighboursAgreeOnEachOther(int world)
    {
        for (int rank = 0; rank < world; rank++)
        {
            RingSchedule ring = new(rank, world);
            Assert.Equal(rank, new RingSchedule(ring.Next, world).Previous);
            Assert.Equal(rank, new RingSchedule(ring.Previous, world).Next);
        }
    }
}
