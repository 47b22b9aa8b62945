using Collectives.Membership.Messages;

namespace Collectives.Membership.Tests.Coordination;

/// <summary>Losses, updates and departures of an active epoch.</summary>
public sealed class ActiveEpochTests
{
    [Fact]
    public void AClosedSessionIsTheMembersLoss()
    {
        World world = Active(3);
        world.Drop(1);
        Loss lost = Assert.Single(world.Last<Settle>(0).Losses);
        Assert.Equal((World.Id(1), LossReason.Disconnected), (lost.Member, lost.Reason));
        Assert.Contains("10.0.0.1:4000", lost.Text);
        Assert.Same(world.Last<Settle>(0), world.Last<Settle>(2));
    }

    [Fact]
    public void AMemberThatLeavesIsTold()
    {
        World world = Active(2);
        world.Say(1, Leave.Instance);
        Loss lost = Assert.Single(world.Last<Settle>(0).Losses);
        Assert.Equal(LossReason.Left, lost.Reason);
        Assert.EndsWith("it left", lost.Text);
        Assert.True(world.IsClosed(1));
    }

    [Fact]
    public void ASilentMemberIsLostAfterItsHeartbeatAndNotBefore()
    {
        World world = Active(3);
        world.Advance(2900, 0, 2);
        Assert.Equal(0, world.Count<Settle>(0));
        world.Advance(500, 0, 2);
        Loss lost = Assert.Single(world.Last<Settle>(0).Losses);
        Assert.Equal((World.Id(1), LossReason.Silent), (lost.Member, lost.Reason));
        Assert.True(world.IsClosed(1));
        Assert.True(world.Count<Heartbeat>(0) >= 2);
    }

    [Fact]
    public void ACoordinatorThatSleptDoesNotTakeItsMembersForDead()
    {
        World world = Active(2);
        world.Advance(100, 0, 1);
        world.State.Tick(world.Now + 60_000);
        Assert.Equal(0, world.Count<Settle>(0) + world.Count<Settle>(1));
    }

    [Fact]
    public void AnUpdateThatChangesNothingConfirmsTheEpoch()
    {
        World world = Active(2);
        world.Say(0, new Update(1, 5));
        Assert.Equal(1, world.Count<Activate>(0));
        world.Say(1, new Update(1, 5));
        Assert.Equal([new Activate(1), new Activate(1)], world.Said(0).OfType<Activate>());
        Assert.Equal(1, world.Count<Form>(0));
    }

    /// <summary>Slots are the ranks again then.</summary>
    [Fact]
    public void AnUpdateAfterALossFormsAnEpoch()
    {
        World world = Active(3);
        world.Drop(2);
        Assert.Equal(2u, world.SettleAll(0, 1));
        foreach (long session in new long[] { 0, 1 }) world.Say(session, new Update(2, 5));
        Assert.Equal((3ul, 2), (world.Last<Form>(0).Roster.Epoch, world.Last<Form>(0).Roster.World));
        world.AllReady(0);
        foreach (long session in new long[] { 0, 1 }) world.Say(session, new Update(3, 5));
        Assert.Equal(new Activate(3), world.Last<Activate>(0));
        Assert.Equal(2, world.Count<Form>(1));
    }

    [Fact]
    public void AnAnswerThatWasLostWithItsSessionIsGivenAgain()
    {
        World world = Active(2);
        foreach (long session in new long[] { 0, 1 }) world.Say(session, new Update(1, 5));
        world.Register(1, 2, epoch: 1, session: 101);
        world.Say(101, new Update(1, 5));
        Assert.Equal(new Activate(1), world.Last<Activate>(101));
        Assert.Equal(2, world.Count<Activate>(0));

        // The next one is asked of both again; whoever asks for it has had the answer to the one before.
        world.Say(0, new Update(1, 8, 2));
        Assert.Equal(2, world.Count<Activate>(0));
        world.Say(101, new Update(1, 8, 2));
        Assert.Equal((3, 2), (world.Count<Activate>(0), world.Count<Activate>(101)));
    }

    [Fact]
    public void AnAnswerThatWasLostIsGivenAgainAfterALossToo()
    {
        World world = Active(3);
        foreach (long session in new long[] { 0, 1, 2 }) world.Say(session, new Update(1, 5));
        world.Drop(2);
        Assert.Equal(2u, world.SettleAll(0, 1));
        world.Say(1, new Update(2, 5, 1));
        Assert.Equal(new Activate(2), world.Last<Activate>(1));
        Assert.Equal(new Activate(1), world.Last<Activate>(0));
    }

    [Fact]
    public void AnUpdateAdmitsThePendingInTheOrderTheyCame()
    {
        World world = Active(2);
        world.Register(5, 1);
        world.Register(4, 8);
        world.Advance(50, 0, 1, 4, 5);
        Assert.Equal(new PendingChanged(2), world.Last<PendingChanged>(0));
        Assert.Equal(0, world.Count<Form>(5));

        world.Say(1, new Update(1, 12));
        world.Say(0, new Update(1, 12));
        Roster next = world.Last<Form>(5).Roster;
        Assert.Equal((2u, 12u), (next.Epoch, next.FirstOperation));
        Assert.Equal([World.Id(0), World.Id(1), World.Id(5), World.Id(4)], next.Members.Select(place => place.Id));
        world.AllReady(0);
        Assert.Equal(new Activate(2), world.Last<Activate>(4));
        world.Advance(50, 0, 1, 4, 5);
        Assert.Equal(new PendingChanged(0), world.Last<PendingChanged>(0));
    }

    [Fact]
    public void AnUpdateIsAskedForAnewAfterALossAndKeepsTheOrderOfRanks()
    {
        World world = Active(4);
        world.Register(7, 1);
        world.Say(0, new Update(1, 3));
        world.Say(3, new Update(1, 3));
        world.Say(2, new Update(1, 3));
        world.Drop(1);
        world.SettleAll(0, 2, 3);
        foreach (long session in new long[] { 3, 0, 2 }) world.Say(session, new Update(2, 3));
        Roster next = world.Last<Form>(3).Roster;
        Assert.Equal([World.Id(0), World.Id(2), World.Id(3), World.Id(7)], next.Members.Select(place => place.Id));
        Assert.Equal((3u, 3u), (next.Epoch, next.FirstOperation));
    }

    [Fact]
    public void ASilentNewcomerIsDroppedAndTheRunningMembersGoOn()
    {
        World world = Active(2);
        world.Register(7, 1);
        world.Say(0, new Update(1, 1));
        world.Say(1, new Update(1, 1));
        world.Say(0, new Unreachable(2, World.Id(7), "timed out"));
        world.Advance(world.Rules.ComplaintMs + 50, 0, 1, 7);
        Assert.Equal(1, world.Count<Evicted>(7));
        Assert.Equal(3u, world.AllReady(0));
        Assert.Equal(new Activate(3), world.Last<Activate>(1));
        Assert.Equal(1u, world.Last<Form>(0).Roster.FirstOperation);
        Assert.Equal(0, world.Count<Settle>(0));
    }

    [Fact]
    public void ALossWhileTheNextEpochFormsIsSettledFirst()
    {
        World world = Active(3);
        world.Register(7, 1);
        foreach (long session in new long[] { 0, 1, 2 }) world.Say(session, new Update(1, 9));
        world.Drop(2);
        Assert.Equal((3u, World.Id(2)), (world.Last<Settle>(0).Epoch, Assert.Single(world.Last<Settle>(0).Losses).Member));
        Assert.Equal(0, world.Count<Settle>(7));
        Assert.Equal(2u, world.Last<Form>(7).Roster.Epoch);
        world.SettleAll(0, 1);
        Roster next = world.Last<Form>(7).Roster;
        Assert.Equal((4u, 9u), (next.Epoch, next.FirstOperation));
        Assert.Equal([World.Id(0), World.Id(1), World.Id(7)], next.Members.Select(place => place.Id));
    }

    [Fact]
    public void DifferentNumbersOfOperationsAreAMismatchForAll()
    {
        World world = Active(2);
        world.Say(0, new Update(1, 5));
        world.Say(1, new Update(1, 6));
        Refused refused = world.Last<Refused>(0);
        Assert.Equal(refused, world.Last<Refused>(1));
        Assert.Equal(RefusedCode.Mismatch, refused.Code);
        Assert.Contains("has started 5 operations", refused.Text);
        Assert.Contains("10.0.0.1:4000 6", refused.Text);
        world.Say(0, new Update(1, 6));
        world.Say(1, new Update(1, 6));
        Assert.Equal(2, world.Count<Activate>(0));
    }

    [Fact]
    public void ABrokenLinkOfTwoLiveMembersEvictsOne()
    {
        World world = Active(3);
        world.Say(0, new Unreachable(1, World.Id(2), "reset"));
        world.Say(1, new Unreachable(1, World.Id(2), "reset"));
        world.Say(2, new Unreachable(1, World.Id(0), "reset"));
        world.Advance(world.Rules.LinkLossMs + 50, 0, 1, 2);
        Loss lost = Assert.Single(world.Last<Settle>(0).Losses);
        Assert.Equal((World.Id(2), LossReason.Unreachable), (lost.Member, lost.Reason));
        Assert.Equal(1, world.Count<Evicted>(2));
        Assert.Equal(0, world.Count<Settle>(2));
    }

    [Fact]
    public void TheOnlyBrokenLinkOfItsEndsWaitsForMoreToShowWhichIsAtFault()
    {
        World world = Active(4);
        world.Say(1, new Unreachable(1, World.Id(3), "reset"));
        world.Advance(world.Rules.LoneLinkMs - 100, 0, 1, 2, 3);
        Assert.Equal(0, world.Count<Settle>(0));
        world.Say(1, new Unreachable(1, World.Id(2), "reset"));
        world.Say(1, new Unreachable(1, World.Id(0), "reset"));
        world.Advance(150, 0, 1, 2, 3);
        Assert.Equal(World.Id(1), Assert.Single(world.Last<Settle>(0).Losses).Member);
    }

    [Fact]
    public void ABrokenLinkOfTheOnlyTwoMembersEvictsOneSoon()
    {
        World world = Active(2);
        world.Say(0, new Unreachable(1, World.Id(1), "reset"));
        world.Advance(world.Rules.LinkLossMs + 50, 0, 1);
        Assert.Equal(World.Id(1), Assert.Single(world.Last<Settle>(0).Losses).Member);
    }

    [Fact]
    public void NoEvictionFromAnEpochThatFormsLeavesTheActiveOneWithoutAMajority()
    {
        var world = new World();
        world.Gather(2, coordinators: 2);
        ulong first = world.AllReady(0);
        world.Register(2, 1, coordinators: 2);
        foreach (long session in new long[] { 0, 1 }) world.Say(session, new Update(first, 3));
        ulong next = world.Last<Form>(2).Roster.Epoch;
        world.Say(2, new Ready(next));
        world.Say(0, new Unreachable(next, World.Id(1), "reset"));
        world.Advance(3 * world.Rules.ComplaintMs, 0, 1, 2);
        Assert.Equal(0, world.Count<Evicted>(1));
        Assert.Equal(next, world.AllReady(0));
        Assert.Equal(next, world.Last<Activate>(1).Epoch);
    }

    [Fact]
    public void AMemberThatComesBackBeforeItsOldSessionEndsIsNotLost()
    {
        World world = Active(2);
        world.Register(1, 2, epoch: 1, session: 100);
        Assert.Equal(1, world.Count<Registered>(100));
        Assert.True(world.IsClosed(1));
        world.Drop(1);
        Assert.Equal(0, world.Count<Settle>(0));
        world.Say(0, new Update(1, 2));
        world.Say(100, new Update(1, 2));
        Assert.Equal(new Activate(1), world.Last<Activate>(100));
    }

    [Fact]
    public void AMemberThatComesBackTooLateIsEvicted()
    {
        World world = Active(2);
        world.Drop(1);
        world.SettleAll(0);
        world.Register(1, 2, epoch: 1, session: 100);
        Assert.Contains("gone on without it", world.Last<Evicted>(100).Text);
        Assert.True(world.IsClosed(100));
    }

    [Fact]
    public void EpochNumbersOfAnEmptiedGroupAreNotRepeated()
    {
        World world = Active(2);
        world.Drop(0);
        world.Drop(1);
        world.Register(5, 1);
        world.Advance(world.Rules.AllGoneMs + 100, 5);
        Assert.Equal(3u, world.Last<Form>(5).Roster.Epoch);
    }

    private static World Active(int members)
    {
        var world = new World();
        for (int member = 0; member < members; member++) world.Register(member, (uint)members);
        Assert.Equal(1u, world.AllReady(0));
        Assert.Equal(1, world.Count<Activate>(0));
        return world;
    }
}
