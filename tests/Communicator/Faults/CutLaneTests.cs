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
            int operations = 0;
            while (operations < 8 || (proxied.Cuts < cuts / 2 && operations < most)) RunOne(proxied.World, new Random(seed * 7000 + operations), operations++);
            Assert.True(proxied.Cuts >= cuts / 4, $"only {proxied.Cuts} connections were cut");
            Assert.All(proxied.World.Members, member => Assert.True(member.Lost.IsNone, member.Lost.Message));
        });
        if (failure is not null) throw new XunitException($"with seed {seed}: {failure.Message}", failure);
    }

    /// <summary>Of any algorithm and size, in place or not.</summary>
    private static void RunOne(World world, Random random, int number)
    {
        int size = world.Members.Length;
        Algorithm algorithm = random.Next(3) == 0 ? Algorithm.Exchange : Algorithm.Ring;
        int count = random.Next(algorithm == Algorithm.Exchange ? 60_000 : 1_500_000);
        using Buffers buffers = new(size, DataType.I32, count, inPlace: random.Next(2) == 0);
        buffers.Fill((rank, at) => (rank + 1) * 1_000_000 + number + at % 977);
        Fault[] faults = world.AllReduce(buffers, DataType.I32, ReduceOp.Sum, new OperationOptions { Algorithm = algorithm });
        Assert.All(faults, fault => Assert.Equal((Status.Ok, ""), (fault.Status, fault.Message ?? "")));
        int total = Enumerable.Range(1, size).Sum() * 1_000_000 + size * number;
        for (int at = 0; at < count; at++)
        {
            if (buffers.Received(0, at) != total + size * (at % 977))
                Assert.Fail($"operation {number} ({algorithm}, {count}): element {at} is {buffers.Received(0, at)}, expected {total + size * (at % 977)}");
        }

        for (int rank = 1; rank < size; rank++) Assert.True(buffers.Result(rank).SequenceEqual(buffers.Result(0)), "members hold different bits");
        buffers.CheckGuards();
    }
}
