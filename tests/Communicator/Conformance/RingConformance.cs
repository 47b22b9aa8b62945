using System.Collections.Immutable;
using Collectives.Algorithms.Reduction;
using Collectives.Algorithms.Schedules;
using Collectives.Communication.Tests.Support;
using Collectives.Membership;
using Collectives.Transport;
using static Collectives.Communication.Tests.Support.Exactness;

namespace Collectives.Communication.Tests.Conformance;

/// <summary>What an all-reduce promises where the members send in another order than that of ranks, or in several at once.</summary>
public abstract class RingConformance
{
    /// <summary>Of I32: buffers from here on are divided among the rings.</summary>
    private const int Shared = (int)(RingShares.MinBytes / 4);

    protected abstract bool InProcess { get; }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(8)]
    public void AnyOrderIsExact(int size)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            using World world = new(size, InProcess, rings: RandomRings.Of(size, seed, 1));
            foreach (int count in new[] { 0, 1, size - 1, size + 1, 1000, 100_003 }) Check(world, DataType.F32, ReduceOp.Sum, count, inPlace: count % 2 == 0);
            Check(world, DataType.I16, ReduceOp.Max, 300_007, inPlace: true);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(8)]
    public void SeveralRingsAtOnceAreExact(int size)
    {
        foreach (ushort[] shares in new ushort[][] { [667, 333], [1, 999], [501, 307, 191] })
        {
            using World world = new(size, InProcess, rings: RandomRings.Of(size, shares[0] + size, shares));
            foreach (int count in new[] { 0, 1000, Shared - 1, Shared, Shared + 1, Shared + 12_345 })
                Check(world, DataType.I32, ReduceOp.Sum, count, inPlace: count % 2 == 1);
        }
    }

    [Theory]
    [InlineData(DataType.I8, ReduceOp.Sum)]
    [InlineData(DataType.U16, ReduceOp.Min)]
    [InlineData(DataType.BF16, ReduceOp.Sum)]
    [InlineData(DataType.F16, ReduceOp.Max)]
    [InlineData(DataType.F32, ReduceOp.Avg)]
    [InlineData(DataType.F64, ReduceOp.Sum)]
    public void SeveralRingsAreExactInAnyType(DataType type, ReduceOp op)
    {
        using World world = new(4, InProcess, rings: RandomRings.Of(4, 7, 613, 387));
        int shared = (int)RingShares.MinBytes / DataTypes.Size(type);
        foreach (bool inPlace in new[] { false, true })
        {
            Check(world, type, op, shared + 321, inPlace, shift: inPlace ? 1 : 0);
            Check(world, type, op, shared - 1, inPlace);
        }
    }

    /// <summary>As plans of worlds with few members have them.</summary>
    [Fact]
    public void ARingAndItsWayBackAreExact()
    {
        using World world = new(4, InProcess, rings: [new([0, 2, 1, 3], 1), new([0, 3, 1, 2], 1)]);
        Check(world, DataType.I32, ReduceOp.Sum, 3_000_017, inPlace: false);
        Check(world, DataType.I32, ReduceOp.Sum, 3_000_017, inPlace: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheSmallestScratchIsEnough(bool inPlace)
    {
        using World world = new(4, InProcess, scratchBlocks: 0, rings: RandomRings.Of(4, 3, 501, 307, 191));
        Check(world, DataType.I32, ReduceOp.Sum, 3_000_017, inPlace);
        using Buffers buffers = new(4, DataType.F32, Shared + 5001, inPlace);
        CheckWeighted(world, buffers);
    }

    [Fact]
    public void WeightsScaleEveryInput()
    {
        using World world = new(3, InProcess, rings: [new([0, 2, 1], 7), new([0, 1, 2], 5)]);
        foreach (bool inPlace in new[] { false, true })
        {
            using Buffers buffers = new(3, DataType.F32, Shared + 1001, inPlace);
            CheckWeighted(world, buffers);
        }
    }

    [Fact]
    public void OperationsOfOneAndOfSeveralRingsDoNotMix()
    {
        using World world = new(3, InProcess, rings: [new([0, 2, 1], 2), new([0, 1, 2], 3)]);
        const int Operations = 12;
        Buffers[] buffers = [.. Enumerable.Range(0, Operations).Select(i => new Buffers(3, DataType.I32, i % 3 == 0 ? Shared + 100_000 * i : 70_000 * i, i % 2 == 0))];
        for (int i = 0; i < Operations; i++)
        {
            int operation = i;
            buffers[i].Fill((rank, at) => rank * 1000 + operation + at % 13);
        }

        world.Each((rank, member) =>
        {
            Work[] works = [.. buffers.Select(each => Start(member, each, rank))];
            foreach (Work work in works)
            {
                Fault fault = work.Wait(30_000, out _);
                Assert.Equal((Status.Ok, ""), (fault.Status, fault.Message ?? ""));
                work.Dispose();
            }
        });
        for (int i = 0; i < Operations; i++)
        {
            for (int rank = 0; rank < 3; rank++)
            {
                for (int at = 0; at < buffers[i].Count; at += 7) Assert.Equal(3000 + 3 * i + at % 13 * 3, buffers[i].Received(rank, at));
            }

            buffers[i].Dispose();
        }
    }

    private static unsafe Work Start(Member member, Buffers buffers, int rank) =>
        member.Start(buffers.Send(rank), buffers.Receive(rank), (ulong)buffers.Count, DataType.I32, ReduceOp.Sum, new OperationOptions { Algorithm = Algorithm.Ring });

    /// <summary>Every place has a result of its own as far as small numbers go, so that none can stand for another.</summary>
    private static void Check(World world, DataType type, ReduceOp op, int count, bool inPlace, int shift = 0) =>
        Exactness.Check(world, type, op, count, inPlace, Algorithm.Ring, shift, (rank, at) => 1 + (at * 5 + at / 1000 + at / 100_000 + rank * (1 + at % 2)) % 11);
}

public sealed class RingsOverTcp : RingConformance
{
    protected override bool InProcess => false;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void SeveralRingsOverSeveralLanesAreExact(int lanes)
    {
        using World world = new(4, inProcess: false, lanes: lanes, rings: RandomRings.Of(4, 11, 617, 383));
        for (int turn = 0; turn < 3; turn++)
        {
            using Buffers buffers = new(4, DataType.F32, 4_000_037, inPlace: turn % 2 == 0);
            CheckWeighted(world, buffers);
        }
    }
}

public sealed class RingsInProcess : RingConformance
{
    protected override bool InProcess => true;
}
