using Collectives.Membership.Messages;

namespace Collectives.Membership.Tests.Coordination;

/// <summary>The way to the first epoch, and who is dropped on it.</summary>
public sealed class FormingTests
{
    [Fact]
    public void NothingFormsBelowTheLargestMinimum()
    {
        var world = new World();
        world.Register(0, 2);
        world.Register(1, 3);
        world.Advance(100, 0, 1);
        Assert.Equal(new Waiting(2, 3), world.Last<Waiting>(0));
        Assert.Equal(new Waiting(2, 3), world.Last<Waiting>(1));
        Assert.Equal(0, world.Count<Form>(0));

        world.Register(2, 2);
        Assert.Equal(3, world.Last<Form>(0).Roster.World);
        Assert.Equal(world.Last<Form>(0), world.Last<Form>(2));
        Assert.Equal("10.0.0.1", world.Last<Form>(0).Roster[1].Host);
    }

    [Fact]
    public void NobodyIsActiveBeforeAllAreReady()
    {
        World world = Forming(3);
        world.Say(0, new Ready(1));
        world.Say(1, new Ready(1));
        world.Say(1, new Ready(1));
        world.Say(2, new Ready(7));
        Assert.Equal(0, world.Count<Activate>(0));
        world.Say(2, new Ready(1));
        Assert.All(new long[] { 0, 1, 2 }, session => Assert.Equal(new Activate(1), world.Last<Activate>(session)));
    }

    [Fact]
    public void AMemberThatDiesWhileFormingIsReplacedByANewEpoch()
    {
        World world = Forming(3, min: 2, demanding: 1);
        world.Say(0, new Ready(1));
        world.Drop(1);
        Assert.Equal(2u, world.Last<Form>(0).Roster.Epoch);
        Assert.Equal([World.Id(0), World.Id(2)], world.Last<Form>(0).Roster.Members.Select(place => place.Id));
        world.AllReady(0);
        Assert.Equal(new Activate(2), world.Last<Activate>(2));
    }

    [Fact]
    public void BelowTheMinimumTheRestWaitsForOthers()
    {
        World world = Forming(3);
        world.Drop(1);
        world.Advance(100, 0, 2);
        Assert.Equal(1, world.Count<Form>(0));
        Assert.Equal(new Waiting(2, 3), world.Last<Waiting>(0));
        world.Register(3, 3);
        Assert.Equal(2u, world.Last<Form>(0).Roster.Epoch);
        Assert.Equal([World.Id(0), World.Id(2), World.Id(3)], world.Last<Form>(0).Roster.Members.Select(place => place.Id));
    }

    [Fact]
    public void AMemberThatStaysUnreadyIsDroppedAtTheDeadline()
    {
        World world = Forming(3, min: 2, demanding: 0);
        world.Say(1, new Ready(1));
        world.Say(2, new Ready(1));
        world.Advance(world.Rules.FormingMs - 100, 0, 1, 2);
        Assert.Equal(1, world.Count<Form>(1));
        world.Advance(200, 0, 1, 2);
        Assert.Equal(LossReason.NotReady, world.Last<Evicted>(0).Reason);
        Assert.True(world.IsClosed(0));
        Assert.Equal(2, world.Last<Form>(1).Roster.World);
    }

    [Fact]
    public void AMemberThatNobodyReachesIsDroppedAndToldByWhom()
    {
        World world = Forming(3, min: 2, demanding: 0);
        world.Say(2, new Unreachable(1, World.Id(0), "connection refused"));
        world.Say(1, new Unreachable(1, World.Id(0), "connection refused"));
        world.Advance(world.Rules.ComplaintMs + 50, 0, 1, 2);
        Evicted evicted = world.Last<Evicted>(0);
        Assert.Equal(LossReason.Unreachable, evicted.Reason);
        Assert.Contains("10.0.0.0:4000", evicted.Text);
        Assert.Contains("connection refused", evicted.Text);
        Assert.Contains("advertise", evicted.Text);
        Assert.Equal(2, world.Last<Form>(1).Roster.World);
    }

    [Fact]
    public void WhoIsDroppedReadsWhatBothEndsHaveTried()
    {
        World world = Forming(3, min: 2, demanding: 0);
        world.Say(0, new Unreachable(1, World.Id(1), "no route"));
        world.Say(1, new Unreachable(1, World.Id(0), "timed out"));
        world.Say(2, new Unreachable(1, World.Id(0), "timed out"));
        world.Advance(world.Rules.ComplaintMs + 50, 0, 1, 2);
        string text = world.Last<Evicted>(0).Text;
        Assert.Contains($"member {World.Id(1)} cannot reach it: timed out", text);
        Assert.Contains($"it cannot reach member {World.Id(1)}: no route", text);
    }

    [Fact]
    public void AMemberThatReachesNobodyIsDroppedAndNotTheOthers()
    {
        World world = Forming(4, min: 2, demanding: 0);
        world.Say(0, new Unreachable(1, World.Id(1), "timed out"));
        world.Say(0, new Unreachable(1, World.Id(2), "timed out"));
        world.Say(0, new Unreachable(1, World.Id(3), "timed out"));
        world.Say(3, new Unreachable(1, World.Id(0), "timed out"));
        world.Advance(world.Rules.ComplaintMs + 50, 0, 1, 2, 3);
        Assert.Equal(1, world.Count<Evicted>(0));
        Assert.Equal([World.Id(1), World.Id(2), World.Id(3)], world.Last<Form>(1).Roster.Members.Select(place => place.Id));
    }

    [Fact]
    public void AComplaintEndsWhenTheMemberGetsReady()
    {
        World world = Forming(2);
        world.Say(0, new Unreachable(1, World.Id(1), "timed out"));
        world.AllReady(0);
        world.Advance(world.Rules.ComplaintMs * 2, 0, 1);
        Assert.Equal(new Activate(1), world.Last<Activate>(1));
        Assert.Equal(0, world.Count<Evicted>(0) + world.Count<Evicted>(1));
    }

    [Fact]
    public void GroupsFormWithoutEachOther()
    {
        var world = new World();
        world.Register(0, 2, group: 1);
        world.Register(1, 2, group: 2);
        Assert.Equal(0, world.Count<Form>(0) + world.Count<Form>(1));
        world.Register(2, 2, group: 1);
        Assert.Equal([World.Id(0), World.Id(2)], world.Last<Form>(0).Roster.Members.Select(place => place.Id));
        Assert.Equal(0, world.Count<Form>(1));
        world.AllReady(0);
        world.Drop(0);
        Assert.Equal(1, world.Count<Settle>(2));
        Assert.Equal(0, world.Count<Settle>(1));
    }

    [Fact]
    public void ARosterHasAtMost4096Members()
    {
        var world = new World();
        for (int member = 0; member < Roster.MaxMembers; member++) world.Register(member, Roster.MaxMembers);
        Assert.Equal(Roster.MaxMembers, world.Last<Form>(0).Roster.World);
        world.AllReady(0);
        world.Register(Roster.MaxMembers, 1);
        for (int member = 0; member < Roster.MaxMembers; member++) world.Say(member, new Update(1, 0));
        Assert.Equal(Roster.MaxMembers, world.Last<Form>(0).Roster.World);
        Assert.Equal(0, world.Count<Form>(Roster.MaxMembers));
    }

    [Theory]
    [InlineData(0u, 0u, 4000)]
    [InlineData(4097u, 0u, 4000)]
    [InlineData(1u, 99u, 4000)]
    [InlineData(1u, 3600001u, 4000)]
    [InlineData(1u, 0u, 0)]
    public void RegistrationsOutOfRangeAreRefused(uint min, uint heartbeatMs, ushort port)
    {
        var world = new World();
        world.State.Connected(5, World.Id(5), 0, 0, "10.0.0.5", 0);
        world.Say(5, new Register(min, heartbeatMs, RegisterFlags.None, 0, 0, 0, 1, "", port));
        Assert.Equal(RefusedCode.Registration, world.Last<Refused>(5).Code);
        Assert.True(world.IsClosed(5));
    }

    [Fact]
    public void ALoopbackAddressIsRefusedToAMemberFromElsewhere()
    {
        var world = new World();
        world.Register(5, 1, host: "127.0.0.1");
        Refused refused = world.Last<Refused>(5);
        Assert.Equal(RefusedCode.Registration, refused.Code);
        Assert.Contains("found 127.0.0.1", refused.Text);
        Assert.Contains("comes from 10.0.0.5", refused.Text);
        Assert.True(world.IsClosed(5));
    }

    [Fact]
    public void ASessionBeginsWithRegister()
    {
        var world = new World();
        world.State.Connected(5, World.Id(5), 0, 0, "10.0.0.5", 0);
        world.Say(5, new Ready(1));
        Assert.Equal(RefusedCode.Protocol, world.Last<Refused>(5).Code);
    }

    /// <summary>
    /// One epoch that forms with that many members. With <paramref name="min"/>, the demanding member alone asks
    /// for all of them, so that what is enough falls to the minimum when it is dropped.
    /// </summary>
    private static World Forming(int members, uint? min = null, int demanding = 0)
    {
        var world = new World();
        for (int member = 0; member < members; member++)
            world.Register(member, min is null || member == demanding ? (uint)members : min.Value);
        Assert.Equal(members, world.Last<Form>(0).Roster.World);
        return world;
    }
}
