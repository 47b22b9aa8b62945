using Collectives.Algorithms.Reduction;
using Collectives.Transport;

namespace Collectives.Communication.Tests.Support;

/// <summary>All-reduces whose results are known.</summary>
internal static class Exactness
{
    /// <summary>All members have the exact result, the same to the bit, and nothing else was written.</summary>
    /// <param name="valueOf">Of a rank and an index; by default twos and a few threes, which are exact in every type and op.</param>
    public static void Check(World world, DataType type, ReduceOp op, int count, bool inPlace, Algorithm algorithm, int shift = 0, Func<int, int, int>? valueOf = null)
    {
        int size = world.Members.Length;
        using Buffers buffers = new(size, type, count, inPlace, shift);
        valueOf ??= (rank, at) => 2 + (at + rank) % size / (size - 1);
        buffers.Fill(valueOf);
        Fault[] faults = world.AllReduce(buffers, type, op, new OperationOptions { Algorithm = algorithm });
        Assert.All(faults, fault => Assert.Equal((Status.Ok, ""), (fault.Status, fault.Message ?? "")));
        for (int at = 0; at < count; at += count > 100_000 ? 331 : 1)
        {
            double expected = Numbers.Expect(op, type, Enumerable.Range(0, size).Select(rank => valueOf(rank, at)));
            double found = buffers.Received(0, at);
            if (op == ReduceOp.Avg) Assert.InRange(found, expected * 0.99, expected * 1.01);
            else Assert.Equal(expected, found);
        }

        for (int rank = 1; rank < size; rank++) Assert.True(buffers.Result(rank).SequenceEqual(buffers.Result(0)), "members hold different bits");
        buffers.CheckGuards();
    }

    public static void CheckWeighted(World world, Buffers buffers, Algorithm algorithm = Algorithm.Ring)
    {
        int size = world.Members.Length;
        foreach (ReduceOp op in new[] { ReduceOp.Sum, ReduceOp.Avg })
        {
            buffers.Fill((rank, at) => (rank + 1) * (at % 7));
            Fault[] faults = new Fault[size];
            world.Each((rank, member) =>
            {
                unsafe
                {
                    // Weights 1, 2, 4 ...: sums are exact; their total is 2^size - 1.
                    OperationOptions options = new() { Weight = 1 << rank, Algorithm = algorithm };
                    using Work work = member.Start(buffers.Send(rank), buffers.Receive(rank), (ulong)buffers.Count, DataType.F32, op, options);
                    faults[rank] = work.Wait(30_000, out _);
                }
            });
            Assert.All(faults, fault => Assert.Equal(Status.Ok, fault.Status));
            double factor = Enumerable.Range(0, size).Sum(rank => (rank + 1) * (1 << rank)) / (op == ReduceOp.Avg ? Math.Pow(2, size) - 1 : 1);
            for (int at = 0; at < buffers.Count; at += 3) Assert.Equal((float)(factor * (at % 7)), (float)buffers.Received(1, at), 1e-5f * 100);
        }
    }
}
