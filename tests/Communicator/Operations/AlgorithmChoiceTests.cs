using Collectives.Algorithms;
using Collectives.Algorithms.Reduction;
using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Transport;

namespace Collectives.Communication.Tests.Operations;

/// <summary>What runs where the caller leaves it open, and where it can't be had.</summary>
public sealed class AlgorithmChoiceTests
{
    private const ulong KiB = 1024;

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void FewMessagesWhereProcessorsAreShared(int world) =>
        Assert.Equal(Algorithm.Star, Choose(AllReduce(KiB), EpochOf(world, "10.0.0.1")));

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void LargeBuffersGoRound(int world) =>
        Assert.Equal(Algorithm.Ring, Choose(AllReduce(64 * KiB * KiB), EpochOf(world, "10.0.0.1")));

    [Fact]
    public void FewHopsOverLongLinks()
    {
        Epoch far = EpochOf(8, host: null, roundTripUs: 40_000, bytesPerSecond: 12_500_000);
        Assert.Contains(Choose(AllReduce(4 * KiB), far), new[] { Algorithm.Exchange, Algorithm.Star, Algorithm.Direct });
        Assert.NotEqual(Algorithm.Ring, Choose(AllReduce(64 * KiB), far));
    }

    [Fact]
    public void AllMembersChooseAlike()
    {
        Epoch[] seen = [.. Enumerable.Range(0, 6).Select(rank => EpochOf(6, host: null, 20_000, 30_000_000, rank))];
        for (ulong count = 1; count < 64 << 20; count = count * 3 + 1)
        {
            foreach (Collective collective in Enum.GetValues<Collective>())
            {
                CallSignature call = new(count, DataType.F32, ReduceOp.Sum, Algorithm.Auto, collective, Root: 2, Extra: collective == Collective.Pair ? (ushort)3 : (ushort)0);
                Assert.Single(seen.Select(epoch => Choose(call, epoch)).Distinct());
            }
        }
    }

    /// <summary>Members have links to all others only in worlds up to 32.</summary>
    [Theory]
    [InlineData(Algorithm.Exchange, Collective.AllReduce, Algorithm.Ring)]
    [InlineData(Algorithm.Star, Collective.AllReduce, Algorithm.Ring)]
    [InlineData(Algorithm.Direct, Collective.AllReduce, Algorithm.Ring)]
    [InlineData(Algorithm.Hierarchical, Collective.AllReduce, Algorithm.Ring)]
    [InlineData(Algorithm.Halving, Collective.AllReduce, Algorithm.Halving)]
    [InlineData(Algorithm.Direct, Collective.AllGather, Algorithm.Halving)]
    [InlineData(Algorithm.Direct, Collective.Broadcast, Algorithm.Tree)]
    [InlineData(Algorithm.Halving, Collective.Reduce, Algorithm.Tree)]
    public void OthersWhereLinksAreMissing(Algorithm wanted, Collective collective, Algorithm had) =>
        Assert.Equal(had, Choose(new CallSignature(4, DataType.F32, ReduceOp.Sum, wanted, collective), EpochOf(33, "10.0.0.1")));

    [Theory]
    [InlineData(Collective.AllReduce)]
    [InlineData(Collective.ReduceScatter)]
    [InlineData(Collective.AllGather)]
    [InlineData(Collective.Broadcast)]
    [InlineData(Collective.Reduce)]
    public void LargeWorldsTakeWhatTheirLinksAllow(Collective collective)
    {
        Epoch epoch = EpochOf(33, "10.0.0.1");
        foreach (ulong count in new ulong[] { 1, 1000, 1 << 20, 1 << 24 })
        {
            CallSignature call = new(count, DataType.F32, ReduceOp.Sum, Algorithm.Auto, collective);
            Algorithm chosen = Choose(call, epoch);
            Assert.Equal(chosen, Choose(call with { Algorithm = chosen }, epoch));
        }
    }

    private static CallSignature AllReduce(ulong bytes) => new(bytes / 4, DataType.F32, ReduceOp.Sum, Algorithm.Auto);

    private static Algorithm Choose(in CallSignature call, Epoch epoch) => AlgorithmChoice.Choose(call, epoch).Algorithm;

    /// <param name="host">Of all members; null: each has its own.</param>
    private static Epoch EpochOf(int world, string? host, double roundTripUs = 0, double bytesPerSecond = 0, int rank = 0)
    {
        RosterMember[] members = [.. Enumerable.Range(0, world).Select(i => new RosterMember(new MemberId(1, (ulong)i + 1), host ?? $"10.0.0.{i + 1}", 4000))];
        LinkTable links = roundTripUs == 0 ? LinkTable.None : LinkTable.Of(world, (_, _) => roundTripUs, (_, _) => bytesPerSecond);
        return new Epoch(new Roster(1, [.. members], 0) { Links = links }, members[rank].Id);
    }
}
