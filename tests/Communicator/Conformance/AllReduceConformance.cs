using Collectives.Algorithms.Reduction;
using Collectives.Communication.Tests.Support;
using Collectives.Transport;
using static Collectives.Communication.Tests.Support.Exactness;

namespace Collectives.Communication.Tests.Conformance;

/// <summary>What an all-reduce promises, whatever carries it. One suite, run over every transport.</summary>
public abstract class AllReduceConformance
{
    public static TheoryData<DataType> Types => [.. Enum.GetValues<DataType>()];

    protected abstract bool InProcess { get; }

    [Theory]
    [MemberData(nameof(Types))]
    public void EveryTypeAndOpIsExact(DataType type)
    {
        using World world = new(4, InProcess);
        foreach (ReduceOp op in Enum.GetValues<ReduceOp>())
        {
            foreach (bool inPlace in new[] { false, true })
            {
                // Twos and a few threes: exact in every type and op, but for the last digits of an average.
                Check(world, type, op, 1237, inPlace, Algorithm.Ring, shift: inPlace ? 1 : 0);
                Check(world, type, op, 61, inPlace, Algorithm.Exchange, shift: 3);
                Check(world, type, op, 61, inPlace, Algorithm.Star, shift: 3);
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(9)]
    public void AnyCountIsExact(int size)
    {
        using World world = new(size, InProcess);
        foreach (int count in new[] { 0, 1, 2, 3, size - 1, size, size + 1, 64, 1000, 16_385, 100_003 })
        {
            Check(world, DataType.F32, ReduceOp.Sum, count, inPlace: false, Algorithm.Auto);
            Check(world, DataType.F32, ReduceOp.Sum, count, inPlace: true, Algorithm.Auto);
            Check(world, DataType.F32, ReduceOp.Max, count, inPlace: true, Algorithm.Ring);
        }
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public void LargeBuffersAreExact(int size, bool inPlace)
    {
        using World world = new(size, InProcess);
        Check(world, DataType.I32, ReduceOp.Sum, 3_000_017, inPlace, Algorithm.Auto);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheSmallestScratchIsEnough(bool inPlace)
    {
        using World world = new(4, InProcess, scratchBlocks: 0);
        Check(world, DataType.I32, ReduceOp.Sum, 3_000_017, inPlace, Algorithm.Ring);
        using Buffers buffers = new(4, DataType.F32, 500_001, inPlace);
        CheckWeighted(world, buffers);
    }

    [Theory]
    [InlineData(Algorithm.Ring)]
    [InlineData(Algorithm.Exchange)]
    [InlineData(Algorithm.Star)]
    public void WeightsScaleEveryInput(Algorithm algorithm)
    {
        using World world = new(3, InProcess);
        foreach (bool inPlace in new[] { false, true })
        {
            using Buffers buffers = new(3, DataType.F32, 1001, inPlace);
            CheckWeighted(world, buffers, algorithm);
        }
    }

    [Fact]
    public void ManyOperationsInFlightDoNotMix()
    {
        using World world = new(3, InProcess);
        const int Operations = 40;
        Buffers[] buffers = [.. Enumerable.Range(0, Operations).Select(i => new Buffers(3, DataType.I32, i % 4 == 0 ? 200_000 : 17 * i, i % 2 == 0))];
        for (int i = 0; i < Operations; i++)
        {
            int operation = i;
            buffers[i].Fill((rank, at) => rank * 1000 + operation + at % 13);
        }

        world.Each((rank, member) =>
        {
            Work[] works = [.. buffers.Select(each => StartOne(member, each, rank, DataType.I32, new OperationOptions()))];
            foreach (Work work in works)
            {
                Assert.Equal(Status.Ok, work.Wait(30_000, out _).Status);
                work.Dispose();
            }
        });
        for (int i = 0; i < Operations; i++)
        {
            for (int rank = 0; rank < 3; rank++)
            {
                for (int at = 0; at < buffers[i].Count; at += 7)
                    Assert.Equal(3000 + 3 * i + at % 13 * 3, buffers[i].Received(rank, at));
            }

            buffers[i].Dispose();
        }
    }

    [Theory]
    [InlineData(100, Algorithm.Exchange)]
    [InlineData(100, Algorithm.Ring)]
    [InlineData(20_000, Algorithm.Exchange)]
    [InlineData(100, Algorithm.Star)]
    [InlineData(20_000, Algorithm.Star)]
    [InlineData(20_000, Algorithm.Ring)]
    public void HundredsInFlightNeedNoMoreScratchThanOne(int count, Algorithm algorithm)
    {
        using World world = new(4, InProcess, scratchBlocks: 0);
        const int Operations = 300;
        Buffers[] buffers = [.. Enumerable.Range(0, Operations).Select(i => new Buffers(4, DataType.I32, count, i % 2 == 0))];
        for (int i = 0; i < Operations; i++)
        {
            int operation = i;
            buffers[i].Fill((rank, at) => rank * 1000 + operation + at % 13);
        }

        world.Each((rank, member) =>
        {
            Work[] works = [.. buffers.Select(each => StartOne(member, each, rank, DataType.I32, new OperationOptions { Algorithm = algorithm }))];
            foreach (Work work in works)
            {
                Fault fault = work.Wait(30_000, out _);
                Assert.Equal((Status.Ok, ""), (fault.Status, fault.Message ?? ""));
                work.Dispose();
            }
        });
        for (int i = 0; i < Operations; i++)
        {
            for (int at = 0; at < count; at += 7) Assert.Equal(6000 + 4 * i + at % 13 * 4, buffers[i].Received(i % 4, at));
            buffers[i].Dispose();
        }
    }

    [Fact]
    public void TaggedOperationsMayComeInAnyOrder()
    {
        using World world = new(3, InProcess);
        const int Tags = 12;
        // Larger in sum than what may be sent unasked, so that a member that is behind must not block the rest.
        Buffers[] buffers = [.. Enumerable.Range(0, Tags).Select(_ => new Buffers(3, DataType.I32, 400_000, true))];
        for (int tag = 0; tag < Tags; tag++)
        {
            int mark = tag;
            buffers[tag].Fill((rank, at) => mark * 100 + rank + at % 5);
        }

        world.Each((rank, member) =>
        {
            Random random = new(rank);
            int[] order = [.. Enumerable.Range(0, Tags).OrderBy(_ => random.Next())];
            foreach (int tag in order)
            {
                // One after the other: each member waits for a different one first.
                Work work = StartOne(member, buffers[tag], rank, DataType.I32, new OperationOptions { Tag = (uint)tag + 1 });
                if (tag == order[^1])
                {
                    Assert.Equal(Status.Ok, work.Wait(30_000, out _).Status);
                }
            }

            for (int tag = 0; tag < Tags; tag++) Assert.True(SpinWait.SpinUntil(() => member.Engine.OpenOperations == 0, 30_000));
        });
        for (int tag = 0; tag < Tags; tag++)
        {
            for (int at = 0; at < 400_000; at += 997) Assert.Equal(tag * 300 + 3 + at % 5 * 3, buffers[tag].Received(2, at));
            buffers[tag].Dispose();
        }
    }

    /// <summary>What two members may send unasked has no operation in common: the third must ask for the rest.</summary>
    [Theory]
    [InlineData(Algorithm.Exchange)]
    [InlineData(Algorithm.Star)]
    public void SmallTaggedOperationsMayComeInOppositeOrder(Algorithm algorithm)
    {
        using World world = new(3, InProcess);
        const int Tags = 12, Count = 60_000;
        Buffers[] buffers = [.. Enumerable.Range(0, Tags).Select(_ => new Buffers(3, DataType.I32, Count, true))];
        for (int tag = 0; tag < Tags; tag++)
        {
            int mark = tag;
            buffers[tag].Fill((rank, at) => mark * 100 + rank + at % 5);
        }

        world.Each((rank, member) =>
        {
            IEnumerable<int> order = Enumerable.Range(0, Tags);
            Work[] works = [.. (rank == 1 ? order.Reverse() : order).Select(tag =>
                StartOne(member, buffers[tag], rank, DataType.I32, new OperationOptions { Tag = (uint)tag + 1, Algorithm = algorithm }))];
            foreach (Work work in works)
            {
                Assert.Equal(Status.Ok, work.Wait(30_000, out _).Status);
                work.Dispose();
            }
        });
        for (int tag = 0; tag < Tags; tag++)
        {
            for (int at = 0; at < Count; at += 997) Assert.Equal(tag * 300 + 3 + at % 5 * 3, buffers[tag].Received(2, at));
            buffers[tag].Dispose();
        }
    }

    [Fact]
    public void DifferingCallsAreAnErrorOnAllSides()
    {
        using World world = new(3, InProcess);
        using Buffers buffers = new(3, DataType.F32, 300_000, inPlace: true);
        buffers.Fill((rank, at) => rank + at % 3);
        Fault[] faults = new Fault[3];
        world.Each((rank, member) =>
        {
            unsafe
            {
                using Work work = member.Start(buffers.Send(rank), buffers.Receive(rank), rank == 2 ? 299_999u : 300_000u, DataType.F32, ReduceOp.Sum, new OperationOptions());
                faults[rank] = work.Wait(30_000, out _);
            }
        });
        foreach (Fault fault in faults)
        {
            Assert.Equal(Status.Mismatch, fault.Status);
            Assert.Contains("count 300000", fault.Message, StringComparison.Ordinal);
            Assert.Contains("count 299999", fault.Message, StringComparison.Ordinal);
        }

        for (int rank = 0; rank < 3; rank++) Assert.Equal(rank + 2, buffers.Sent(rank, 5));
        Check(world, DataType.F32, ReduceOp.Sum, 1000, inPlace: true, Algorithm.Auto);
    }

    [Fact]
    public void ADeadlineNamesWhoIsMissingAndPutsTheInputBack()
    {
        using World world = new(2, InProcess);
        using Buffers buffers = new(2, DataType.F32, 100_000, inPlace: true);
        buffers.Fill((rank, at) => at % 31);
        unsafe
        {
            using Work work = world.Members[0].Start(buffers.Send(0), buffers.Receive(0), 100_000, DataType.F32, ReduceOp.Sum, new OperationOptions { DeadlineMs = 100 });
            Fault fault = work.Wait(10_000, out _);
            Assert.Equal(Status.Deadline, fault.Status);
            Assert.Contains($"member 1 ({world.Members[1].Id}", fault.Message, StringComparison.Ordinal);
        }

        for (int at = 0; at < 100_000; at++) Assert.Equal(at % 31, buffers.Sent(0, at));
    }

    [Fact]
    public void AMemberThatGoesEndsTheOperationAndPutsTheInputBack()
    {
        World world = new(3, InProcess);
        using Buffers buffers = new(3, DataType.F32, 2_000_000, inPlace: true);
        buffers.Fill((rank, at) => rank + at % 31);
        Fault[] faults = new Fault[3];
        world.Each((rank, member) =>
        {
            if (rank == 1)
            {
                member.Dispose();
                return;
            }

            using Work work = StartOne(member, buffers, rank, DataType.F32, new OperationOptions());
            faults[rank] = work.Wait(20_000, out _);
        });
        foreach (int rank in new[] { 0, 2 })
        {
            Assert.Equal(Status.PeerLost, faults[rank].Status);
            for (int at = 0; at < 2_000_000; at += 101) Assert.Equal(rank + at % 31, buffers.Sent(rank, at));
            world.Members[rank].Dispose();
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void SteadyStateAllocatesNothing(int size)
    {
        using World world = new(size, InProcess);
        using Buffers small = new(size, DataType.F32, 1000, inPlace: true);
        using Buffers large = new(size, DataType.F32, 1_000_000, inPlace: false);
        const int periods = 5, turns = 30;
        long[] least = [.. Enumerable.Repeat(long.MaxValue, size)];
        world.Each((rank, member) =>
        {
            // Tables grow until they have met their fullest moment, which may come late; an allocation per operation is in every period.
            for (int period = 0; period < periods; period++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < turns; i++)
                {
                    using (Work work = StartOne(member, small, rank, DataType.F32, new OperationOptions())) work.Wait(-1, out _);
                    using (Work work = StartOne(member, large, rank, DataType.F32, new OperationOptions())) work.Wait(-1, out _);
                }

                least[rank] = Math.Min(least[rank], GC.GetAllocatedBytesForCurrentThread() - before);
            }
        });
        if (!InProcess) Assert.Equal(new long[size], least);
    }

    private static unsafe Work StartOne(Member member, Buffers buffers, int rank, DataType type, OperationOptions options) =>
        member.Start(buffers.Send(rank), buffers.Receive(rank), (ulong)buffers.Count, type, ReduceOp.Sum, options);
}
