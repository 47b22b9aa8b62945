using Collectives.Algorithms;
using Collectives.Algorithms.Reduction;
using Collectives.Communication.Tests.Support;
using Collectives.Transport;

namespace Collectives.Communication.Tests.Conformance;

/// <summary>The exact values of every collective, with every algorithm that it has, whatever carries it.</summary>
public abstract unsafe class CollectivesConformance
{
    private static readonly int[] s_counts = [0, 1, 7, 1000, 40_000, 300_001];
    private static readonly Algorithm[] s_parts = [Algorithm.Auto, Algorithm.Ring, Algorithm.Halving, Algorithm.Direct];
    private static readonly Algorithm[] s_rooted = [Algorithm.Auto, Algorithm.Ring, Algorithm.Tree, Algorithm.Halving, Algorithm.Direct];

    protected abstract bool InProcess { get; }

    /// <summary>Worlds, and scratch blocks: with two, all kinds of memory run out.</summary>
    public static TheoryData<int, int> Worlds => new() { { 1, 32 }, { 2, 32 }, { 3, 2 }, { 4, 32 }, { 5, 2 }, { 8, 32 } };

    [Theory]
    [MemberData(nameof(Worlds))]
    public void AllReduce(int size, int scratchBlocks)
    {
        using World world = new(size, InProcess, scratchBlocks);
        foreach (Algorithm algorithm in new[] { Algorithm.TwoWayRing, Algorithm.Tree, Algorithm.Halving, Algorithm.Direct, Algorithm.Hierarchical })
        {
            foreach (int count in s_counts)
            {
                foreach (bool inPlace in new[] { false, true })
                {
                    using Arrays send = new(size, _ => count), receive = new(size, _ => count);
                    send.Fill(Value);
                    Run(world, rank => new CollectiveCall { Collective = Collective.AllReduce, Send = send.At(rank), Receive = inPlace ? send.At(rank) : receive.At(rank), Count = (ulong)count, Type = DataType.I32 }, algorithm);
                    Check(inPlace ? send : receive, (_, i) => Sum(size, i), count);
                    send.CheckGuards();
                }
            }
        }
    }

    [Theory]
    [InlineData(Algorithm.TwoWayRing)]
    [InlineData(Algorithm.Tree)]
    [InlineData(Algorithm.Halving)]
    [InlineData(Algorithm.Direct)]
    [InlineData(Algorithm.Hierarchical)]
    public void WeightsAreExact(Algorithm algorithm)
    {
        using World world = new(5, InProcess, scratchBlocks: 2);
        using Buffers buffers = new(5, DataType.F32, 100_003, inPlace: false);
        Exactness.CheckWeighted(world, buffers, algorithm);
    }

    [Theory]
    [InlineData(Algorithm.Tree)]
    [InlineData(Algorithm.Halving)]
    [InlineData(Algorithm.Direct)]
    [InlineData(Algorithm.Hierarchical)]
    public void EveryTypeAndOpIsExact(Algorithm algorithm)
    {
        using World world = new(4, InProcess);
        foreach (DataType type in DataTypes.All)
        {
            foreach (ReduceOp op in ReduceOps.All) Exactness.Check(world, type, op, 1237, inPlace: op == ReduceOp.Sum, algorithm, shift: 1);
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void ReduceScatter(int size, int scratchBlocks)
    {
        using World world = new(size, InProcess, scratchBlocks);
        foreach ((Algorithm algorithm, int count, bool inPlace) in Cases(s_parts))
        {
            using Arrays send = new(size, _ => size * count), receive = new(size, _ => count);
            send.Fill(Value);
            Run(world, rank => new CollectiveCall { Collective = Collective.ReduceScatter, Send = send.At(rank), Receive = inPlace ? send.At(rank, rank * count) : receive.At(rank), Count = (ulong)count, Type = DataType.I32 }, algorithm);
            for (int rank = 0; rank < size; rank++)
            {
                Span<int> result = inPlace ? send[rank].Slice(rank * count, count) : receive[rank];
                for (int i = 0; i < count; i += Step(count)) Assert.Equal(Sum(size, rank * count + i), result[i]);
                // The input is as it was, but for that part.
                for (int i = 0; i < size * count; i += Step(count)) if (!inPlace || i / count != rank) Assert.Equal(Value(rank, i), send[rank][i]);
            }

            send.CheckGuards();
            receive.CheckGuards();
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void AllGather(int size, int scratchBlocks)
    {
        using World world = new(size, InProcess, scratchBlocks);
        foreach ((Algorithm algorithm, int count, bool inPlace) in Cases(s_parts))
        {
            using Arrays send = new(size, _ => count), receive = new(size, _ => size * count);
            send.Fill(Value);
            if (inPlace) receive.Fill((rank, i) => i / count == rank ? Value(rank, i % count) : -1);
            Run(world, rank => new CollectiveCall { Collective = Collective.AllGather, Send = inPlace ? receive.At(rank, rank * count) : send.At(rank), Receive = receive.At(rank), Count = (ulong)count, Type = DataType.I32 }, algorithm);
            Check(receive, (_, i) => Value(i / count, i % count), count);
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void PartsOfDifferentLengths(int size, int scratchBlocks)
    {
        using World world = new(size, InProcess, scratchBlocks);
        foreach (Algorithm algorithm in s_parts)
        {
            // None at all from some members, much from others.
            ulong[] counts = [.. Enumerable.Range(0, size).Select(slot => slot % 3 == 1 ? 0UL : (ulong)(slot * 70_001 + 5))];
            int[] starts = [.. Enumerable.Range(0, size + 1).Select(slot => (int)counts.Take(slot).Aggregate(0UL, (sum, count) => sum + count))];
            using Arrays send = new(size, rank => (int)counts[rank]), receive = new(size, _ => starts[size]);
            send.Fill(Value);
            fixed (ulong* first = counts)
            {
                ulong* lengths = first;
                Run(world, rank => new CollectiveCall { Collective = Collective.AllGather, Send = send.At(rank), Receive = receive.At(rank), Counts = lengths, Type = DataType.I32 }, algorithm);
                Check(receive, (_, i) => Value(SlotOf(starts, i), i - starts[SlotOf(starts, i)]), 1000);
                using Arrays inputs = new(size, _ => starts[size]), results = new(size, rank => (int)counts[rank]);
                inputs.Fill(Value);
                Run(world, rank => new CollectiveCall { Collective = Collective.ReduceScatter, Send = inputs.At(rank), Receive = results.At(rank), Counts = lengths, Type = DataType.I32 }, algorithm);
                Check(results, (rank, i) => Sum(size, starts[rank] + i), 1000);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void BroadcastAndReduce(int size, int scratchBlocks)
    {
        using World world = new(size, InProcess, scratchBlocks);
        foreach ((Algorithm algorithm, int count, bool inPlace) in Cases(s_rooted))
        {
            int root = count % size;
            using Arrays send = new(size, _ => count), receive = new(size, _ => count);
            send.Fill(Value);
            Run(world, rank => new CollectiveCall { Collective = Collective.Broadcast, Root = root, Send = send.At(rank), Receive = inPlace ? send.At(rank) : receive.At(rank), Count = (ulong)count, Type = DataType.I32 }, algorithm);
            Check(inPlace ? send : receive, (_, i) => Value(root, i), count);
            send.Fill(Value);
            Run(world, rank => new CollectiveCall { Collective = Collective.Reduce, Root = root, Send = send.At(rank), Receive = rank != root ? null : inPlace ? send.At(rank) : receive.At(rank), Count = (ulong)count, Type = DataType.I32 }, algorithm);
            for (int i = 0; i < count; i += Step(count)) Assert.Equal(Sum(size, i), (inPlace ? send : receive)[root][i]);
            send.CheckGuards();
            receive.CheckGuards();
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void GatherAndScatter(int size, int scratchBlocks)
    {
        using World world = new(size, InProcess, scratchBlocks);
        foreach ((_, int count, bool inPlace) in Cases([Algorithm.Auto]))
        {
            int root = size / 2;
            using Arrays one = new(size, _ => count), all = new(size, _ => size * count);
            one.Fill(Value);
            if (inPlace) one[root].CopyTo(all[root][(root * count)..]);
            Run(world, rank => new CollectiveCall { Collective = Collective.Gather, Root = root, Send = inPlace && rank == root ? all.At(rank, root * count) : one.At(rank), Receive = rank == root ? all.At(rank) : null, Count = (ulong)count, Type = DataType.I32 }, Algorithm.Auto);
            for (int i = 0; i < size * count; i += Step(count)) Assert.Equal(Value(i / count, i % count), all[root][i]);
            all.Fill(Value);
            Run(world, rank => new CollectiveCall { Collective = Collective.Scatter, Root = root, Send = rank == root ? all.At(rank) : null, Receive = inPlace && rank == root ? all.At(rank, root * count) : one.At(rank), Count = (ulong)count, Type = DataType.I32 }, Algorithm.Auto);
            for (int rank = 0; rank < size; rank++)
            {
                Span<int> part = inPlace && rank == root ? all[rank].Slice(root * count, count) : one[rank];
                for (int i = 0; i < count; i += Step(count)) Assert.Equal(Value(root, rank * count + i), part[i]);
            }

            one.CheckGuards();
            all.CheckGuards();
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void AllToAll(int size, int scratchBlocks)
    {
        using World world = new(size, InProcess, scratchBlocks);
        foreach ((_, int count, bool inPlace) in Cases([Algorithm.Auto]))
        {
            using Arrays send = new(size, _ => size * count), receive = new(size, _ => size * count);
            send.Fill(Value);
            Run(world, rank => new CollectiveCall { Collective = Collective.AllToAll, Send = send.At(rank), Receive = inPlace ? send.At(rank) : receive.At(rank), Count = (ulong)count, Type = DataType.I32 }, Algorithm.Auto);
            Check(inPlace ? send : receive, (rank, i) => Value(i / count, rank * count + i % count), count);
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void AllToAllOfDifferentLengths(int size, int scratchBlocks)
    {
        using World world = new(size, InProcess, scratchBlocks);
        int Length(int from, int to) => (from + 2 * to) % 3 == 0 ? 0 : from * 30_000 + to * 11 + 1;
        int SendStart(int from, int to) => Enumerable.Range(0, to).Sum(slot => Length(from, slot));
        int ReceiveStart(int from, int to) => Enumerable.Range(0, from).Sum(slot => Length(slot, to));
        using Arrays send = new(size, rank => SendStart(rank, size)), receive = new(size, rank => ReceiveStart(size, rank));
        send.Fill(Value);
        ulong[] sends = [.. Enumerable.Range(0, size * size).Select(i => (ulong)Length(i / size, i % size))];
        ulong[] receives = [.. Enumerable.Range(0, size * size).Select(i => (ulong)Length(i % size, i / size))];
        fixed (ulong* firstSend = sends, firstReceive = receives)
        {
            ulong* s = firstSend, r = firstReceive;
            Run(world, rank => new CollectiveCall { Collective = Collective.AllToAll, Send = send.At(rank), Receive = receive.At(rank), Counts = s + rank * size, ReceiveCounts = r + rank * size, Type = DataType.I32 }, Algorithm.Auto);
            for (int to = 0; to < size; to++)
            {
                for (int from = 0; from < size; from++)
                {
                    for (int i = 0; i < Length(from, to); i += 501) Assert.Equal(Value(from, SendStart(from, to) + i), receive[to][ReceiveStart(from, to) + i]);
                }
            }

            receive.CheckGuards();
            if (size == 1) return;
            // One that expects more than it is sent is everybody's mistake, and nobody hangs.
            receives[1]++;
            Fault[] faults = RunAll(world, rank => new CollectiveCall { Collective = Collective.AllToAll, Send = send.At(rank), Receive = receive.At(rank), Counts = s + rank * size, ReceiveCounts = r + rank * size, Type = DataType.I32 }, Algorithm.Auto);
            Assert.All(faults, fault => Assert.Equal(Status.Mismatch, fault.Status));
        }
    }

    [Fact]
    public void SendsAndReceivesMatchByTagAndOrder()
    {
        using World world = new(3, InProcess);
        const int Count = 200_000;
        using Arrays send = new(3, _ => Count), receive = new(3, _ => Count);
        send.Fill(Value);
        world.Each((rank, member) =>
        {
            int next = (rank + 1) % 3, previous = (rank + 2) % 3;
            List<Work> works = [];
            for (int i = 0; i < 20; i++)
            {
                works.Add(member.Start(Pair(rank, next, send.At(rank), null, 1000 + i), new OperationOptions { Tag = (uint)(i % 2) }));
                works.Add(member.Start(Pair(previous, rank, null, receive.At(rank, 10_000 * i), 1000 + i), new OperationOptions { Tag = (uint)(i % 2) }));
            }

            foreach (Work work in works)
            {
                Fault fault = work.Wait(30_000, out OperationResult result);
                Assert.Equal((Status.Ok, ""), (fault.Status, fault.Message ?? ""));
                Assert.Equal(2, result.Participants);
                work.Dispose();
            }

            for (int i = 0; i < 20; i++) Assert.True(receive[rank].Slice(10_000 * i, 1000 + i).SequenceEqual(send[previous][..(1000 + i)]));
        });
        receive.CheckGuards();

        static CollectiveCall Pair(int from, int to, byte* send, byte* receive, int count) =>
            new() { Collective = Collective.Pair, Root = from, Partner = to, Send = send, Receive = receive, Count = (ulong)count, Type = DataType.I32 };
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(9)]
    public void NobodyLeavesABarrierBeforeAllHaveCome(int size)
    {
        using World world = new(size, InProcess);
        for (int round = 0; round < 20; round++)
        {
            int late = round % size, come = 0;
            world.Each((rank, member) =>
            {
                if (rank == late) Thread.Sleep(20);
                Interlocked.Increment(ref come);
                using Work work = member.Start(new CollectiveCall { Collective = Collective.Barrier, Type = DataType.U8 }, new OperationOptions());
                Assert.True(work.Wait(30_000, out _).IsNone);
                Assert.Equal(size, Volatile.Read(ref come));
            });
        }
    }

    [Fact]
    public void DifferentCallsAreAMismatchOnAll()
    {
        using World world = new(3, InProcess);
        using Arrays send = new(3, _ => 3000), receive = new(3, _ => 3000);
        foreach (Func<int, CollectiveCall> callOf in new Func<int, CollectiveCall>[]
        {
            rank => Call(rank == 1 ? Collective.AllGather : Collective.AllToAll, 0, 10),
            rank => Call(Collective.Broadcast, rank == 1 ? 1 : 0, 10),
            rank => Call(Collective.Gather, 0, rank == 2 ? 10 : 11),
            rank => Call(rank == 0 ? Collective.Barrier : Collective.AllReduce, 0, 10),
        })
        {
            Fault[] faults = RunAll(world, rank => callOf(rank) with { Send = send.At(rank), Receive = receive.At(rank) }, Algorithm.Auto);
            Assert.All(faults, fault => Assert.Equal(Status.Mismatch, fault.Status));
        }

        static CollectiveCall Call(Collective collective, int root, int count) => new() { Collective = collective, Root = root, Count = (ulong)count, Type = DataType.I32 };
    }

    private static IEnumerable<(Algorithm, int, bool)> Cases(Algorithm[] algorithms) =>
        from algorithm in algorithms from count in s_counts from inPlace in new[] { false, true } select (algorithm, count, inPlace);

    private static int Step(int count) => count > 10_000 ? 331 : 1;

    private static int Value(int rank, int i) => rank * 1_000_003 + i * 7 + 1;

    private static int Sum(int size, int i) => Enumerable.Range(0, size).Sum(rank => Value(rank, i));

    private static int SlotOf(int[] starts, int i)
    {
        int slot = 0;
        while (i >= starts[slot + 1]) slot++;
        return slot;
    }

    private static void Check(Arrays results, Func<int, int, int> valueOf, int count)
    {
        for (int rank = 0; rank < results.Count; rank++)
        {
            for (int i = 0; i < results[rank].Length; i += Step(count)) Assert.Equal(valueOf(rank, i), results[rank][i]);
        }

        results.CheckGuards();
    }

    private static void Run(World world, Func<int, CollectiveCall> callOf, Algorithm algorithm) =>
        Assert.All(RunAll(world, callOf, algorithm), fault => Assert.Equal((Status.Ok, ""), (fault.Status, fault.Message ?? "")));

    private static Fault[] RunAll(World world, Func<int, CollectiveCall> callOf, Algorithm algorithm)
    {
        Fault[] faults = new Fault[world.Members.Length];
        world.Each((rank, member) =>
        {
            using Work work = member.Start(callOf(rank), new OperationOptions { Algorithm = algorithm });
            faults[rank] = work.Wait(30_000, out _);
        });
        return faults;
    }
}

public sealed class CollectivesOverTcp : CollectivesConformance
{
    protected override bool InProcess => false;
}

public sealed class CollectivesInProcess : CollectivesConformance
{
    protected override bool InProcess => true;
}
