using System.Runtime.InteropServices;
using Collectives.Algorithms.Reduction;
using Collectives.Communication.Tests.Support;
using Collectives.Transport;
using Collectives.Transport.Tests.Faults;
using Xunit.Sdk;

namespace Collectives.Communication.Tests.Faults;

/// <summary>Operations run while the lanes under them are cut, and come out exact.</summary>
public sealed class CutLaneTests
{
    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(3, 2, 2)]
    [InlineData(4, 1, 3)]
    [InlineData(3, 4, 4)]
    public void AllReducesAreExactWhileLanesAreCut(int size, int lanes, int seed)
    {
        const int cuts = 60, most = 40;
        using ProxiedWorld proxied = new(size, lanes, connection => connection < cuts ? Cut.Draw(new Random(seed * 1000 + connection), 20) : null);
        Exception? failure = Record.Exception(() =>
        {
            using Returned returned = new(size);
            int operations = 0;
            while (operations < 8 || (proxied.Cuts < cuts / 2 && operations < most))
                RunOne(proxied.World, new Random(seed * 7000 + operations), operations++, returned);
            Assert.True(proxied.Cuts >= cuts / 4, $"only {proxied.Cuts} connections were cut");
            Assert.All(proxied.World.Members, member => Assert.True(member.Lost.IsNone, member.Lost.Message));
        });
        if (failure is not null) throw new XunitException($"with seed {seed}: {failure.Message}", failure);
    }

    /// <summary>Of any algorithm and size, in place or not.</summary>
    private static unsafe void RunOne(World world, Random random, int number, Returned returned)
    {
        int size = world.Members.Length;
        Algorithm algorithm = random.Next(6) switch { 0 => Algorithm.Exchange, 1 => Algorithm.Star, _ => Algorithm.Ring };
        int count = random.Next(algorithm != Algorithm.Ring ? 60_000 : 1_500_000);
        Buffers buffers = new(size, DataType.I32, count, inPlace: random.Next(2) == 0);
        buffers.Fill((rank, at) => (rank + 1) * 1_000_000 + number + at % 977);
        int[][] results = new int[size][];
        world.Each((rank, member) =>
        {
            OperationOptions options = new() { Algorithm = algorithm };
            using Work work = member.Start(buffers.Send(rank), buffers.Receive(rank), (ulong)count, DataType.I32, ReduceOp.Sum, options);
            Fault fault = work.Wait(30_000, out _);
            Assert.Equal((Status.Ok, ""), (fault.Status, fault.Message ?? ""));
            results[rank] = MemoryMarshal.Cast<byte, int>(buffers.Result(rank)).ToArray();
            returned.Take(buffers, rank);
        });
        returned.Add(buffers);
        int[] expected = [.. Enumerable.Range(0, count).Select(at => Enumerable.Range(1, size).Sum() * 1_000_000 + size * (number + at % 977))];
        for (int rank = 0; rank < size; rank++)
        {
            int wrong = results[rank].AsSpan().CommonPrefixLength(expected);
            Assert.True(wrong == count, $"operation {number} ({algorithm}, {count} elements), rank {rank}: element {wrong} is {results[rank][Math.Min(wrong, count - 1)]}");
        }
    }

    /// <summary>Buffers of the last calls that have returned: they are the caller's again, and nobody else touches them.</summary>
    private sealed unsafe class Returned(int size) : IDisposable
    {
        private const byte Mark = 0x77;
        private const int Kept = 3;

        private readonly Queue<Buffers> _last = new();

        /// <summary>The caller writes to what it has got back.</summary>
        public void Take(Buffers buffers, int rank)
        {
            int bytes = buffers.Result(rank).Length;
            new Span<byte>(buffers.Send(rank), bytes).Fill(Mark);
            new Span<byte>(buffers.Receive(rank), bytes).Fill(Mark);
        }

        public void Add(Buffers buffers)
        {
            _last.Enqueue(buffers);
            if (_last.Count > Kept) CheckFirst();
        }

        public void Dispose()
        {
            while (_last.Count > 0) CheckFirst();
        }

        private void CheckFirst()
        {
            using Buffers first = _last.Dequeue();
            first.CheckGuards();
            for (int rank = 0; rank < size; rank++)
                Assert.True(first.Result(rank).IndexOfAnyExcept(Mark) < 0, $"the buffer of rank {rank} was written to after its call had returned");
        }
    }
}
