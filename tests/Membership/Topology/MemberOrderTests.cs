using System.Collections.Immutable;
using Collectives.Membership.Tests.Coordination;
using Collectives.Membership.Topology;

namespace Collectives.Membership.Tests.Topology;

public sealed class MemberOrderTests
{
    [Fact]
    public void ARosterComesBackAsItWas()
    {
        Roster roster = Places(0, 1, 2, 3, 4) with { Rings = [new([0, 3, 1, 4, 2], 700), new([0, 1, 4, 2, 3], 300)] };
        Assert.Equal<RosterRing>(roster.Rings, MemberOrder.Of(roster).For(roster.Members));
    }

    [Fact]
    public void OrdersLastLongerThanRanks()
    {
        MemberOrder order = MemberOrder.Of(Places(0, 1, 2, 3) with { Rings = [new([0, 2, 1, 3], 1)] });
        // The same members in other places.
        Assert.Equal([3, 1, 2, 0], Assert.Single(order.For(Places(3, 2, 1, 0).Members)).Order.Select(rank => (int)rank));
    }

    [Fact]
    public void NewcomersComeLastInEachRing()
    {
        MemberOrder order = MemberOrder.Of(Places(0, 1, 2, 3) with { Rings = [new([0, 2, 1, 3], 1), new([0, 3, 1, 2], 1)] });
        ImmutableArray<RosterRing> rings = order.For(Places(0, 1, 2, 3, 9, 8).Members);
        Assert.Equal(["0 2 1 3 4 5", "0 3 1 2 4 5"], rings.Select(ring => ring.ToString()));
    }

    [Fact]
    public void LostMembersVanishFromEachRing()
    {
        MemberOrder order = MemberOrder.Of(Places(0, 1, 2, 3, 4) with { Rings = [new([0, 3, 1, 4, 2], 1), new([0, 1, 4, 2, 3], 1)] });
        ImmutableArray<RosterRing> rings = order.For(Places(0, 2, 3, 4).Members);
        Assert.Equal(["0 2 3 1", "0 3 1 2"], rings.Select(ring => ring.ToString()));
    }

    [Fact]
    public void WithoutTheLostItIsWhatTheRosterIsWithoutThem()
    {
        Roster roster = Places(0, 1, 2, 3, 4, 5) with { Rings = [new([0, 3, 1, 5, 4, 2], 600), new([0, 1, 4, 2, 5, 3], 400)] };
        Roster left = roster.Without(id => id == World.Id(1) || id == World.Id(4));
        Assert.Equal<RosterRing>(left.Rings, MemberOrder.Of(roster).For(left.Members));
        Assert.Equal(["0 2 3 1", "0 1 3 2"], left.Rings.Select(ring => ring.ToString()));
        Assert.Empty(roster.Without(id => id != World.Id(1) && id != World.Id(4)).Rings);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(33)]
    public void ThereAreNoRingsWhereThereIsNothingToChoose(int members)
    {
        MemberOrder order = MemberOrder.Of(Places(0, 1, 2, 3) with { Rings = [new([0, 2, 1, 3], 1)] });
        Assert.Empty(order.For(Places([.. Enumerable.Range(0, members)]).Members));
        Assert.Single(order.For(Places([.. Enumerable.Range(0, 32)]).Members));
    }

    [Fact]
    public void ASingleRingInTheOrderOfRanksIsNone()
    {
        Roster roster = Places(0, 1, 2, 3);
        Assert.Empty(MemberOrder.Of(roster).For(roster.Members));
        Assert.Empty(MemberOrder.Of(roster with { Rings = [new([2, 3, 0, 1], 1)] }).For(roster.Members));
        // Beside another one it has a share.
        Assert.Equal(2, MemberOrder.Of(roster with { Rings = [new([0, 1, 2, 3], 1), new([0, 3, 2, 1], 1)] }).For(roster.Members).Length);
    }

    [Fact]
    public void AWayRoundIsTheSameWhereverItStarts()
    {
        Roster roster = Places(0, 1, 2, 3);
        MemberOrder order = MemberOrder.Of(roster with { Rings = [new([0, 2, 1, 3], 1)] });
        for (int start = 0; start < 4; start++)
        {
            RosterRing turned = new([.. order.Rings[0].Order.Select((_, i) => (ushort)roster.RankOf(order.Rings[0].Order[(i + start) % 4]))], 1);
            Assert.True(order.Equals(MemberOrder.Of(roster with { Rings = [turned] })), $"from {start}");
        }

        Assert.NotEqual(order, MemberOrder.Of(roster with { Rings = [new([3, 1, 2, 0], 1)] })); // backwards
        Assert.NotEqual(order, MemberOrder.Of(roster));
    }

    [Fact]
    public void SharesMakeADifference()
    {
        Roster roster = Places(0, 1, 2, 3);
        MemberOrder Shares(ushort one, ushort other) => MemberOrder.Of(roster with { Rings = [new([0, 1, 2, 3], one), new([0, 3, 2, 1], other)] });
        Assert.Equal(Shares(1, 1), Shares(500, 500));
        Assert.NotEqual(Shares(1, 1), Shares(600, 400));
    }

    private static Roster Places(params int[] members) => new(1, [.. members.Select(member => new RosterMember(World.Id(member), "10.0.0.1", 4000))], 0);
}
