using Collectives.Membership.Coordination;
using Collectives.Membership.Messages;

namespace Collectives.Membership.Tests.Coordination;

/// <summary>A coordinator that was started later than an epoch hears of it from its members.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public void AnEpochIsTakenUpOnceMostOfItsMembersAreHere()
    {
        World world = Restarted(3, out Roster roster);
        Return(world, 0, 1);
        Assert.Equal(new Recall(1), world.Last<Recall>(100));
        world.Say(100, new Recalled(roster, 0, false, null));
        Assert.Equal(new Waiting(1, 2), world.Last<Waiting>(100));
        Return(world, 2, 1);
        Assert.Equal(0, world.Count<Recall>(102));
        Assert.Equal(1u, Assert.Single(world.State.Groups.Values).Active!.Number);

        // The third has time to come back, and is lost after that.
        Return(world, 1, 1);
        world.Advance(world.Rules.ReturnMs + 100, 100, 101, 102);
        Assert.Equal(0, world.Count<Settle>(100));
    }

    [Fact]
    public void AnUpdateThatIsAskedForBeforeTheEpochIsTakenUpCounts()
    {
        World world = Restarted(3, out Roster roster);
        Return(world, 0, 1);
        world.Say(100, new Update(1, 7));
        Return(world, 1, 1);
        world.Say(101, new Update(1, 7));
        world.Say(100, new Recalled(roster, 0, false, null));
        Return(world, 2, 1);
        Assert.Equal(0, world.Count<Activate>(100));
        world.Say(102, new Update(1, 7));
        Assert.All([100, 101, 102], session => Assert.Equal(new Activate(1), world.Last<Activate>(session)));
    }

    [Fact]
    public void AnUpdateThatTheOthersHadAnsweredBeforeIsAnsweredOnceTheEpochIsTakenUp()
    {
        World world = Restarted(3, out Roster roster);
        Return(world, 0, 1, confirmed: 4);
        Return(world, 1, 1, confirmed: 3);
        world.Say(101, new Update(1, 7, 4));
        world.Say(100, new Recalled(roster, 0, false, null));
        Assert.Equal(new Activate(1), world.Last<Activate>(101));
        Assert.Equal(0, world.Count<Activate>(100));
        // One that comes later knows of an answer that those that are here have missed.
        world.Say(100, new Update(1, 9, 5));
        Assert.Equal(0, world.Count<Activate>(100));
        Return(world, 2, 1, confirmed: 5);
        Assert.Equal(new Activate(1), world.Last<Activate>(100));
    }

    [Fact]
    public void AnEpochThatHasBegunForANewcomerOnlyBeginsForAll()
    {
        World world = RestartedWhileAnUpdateEnded(out Roster roster, out Roster next);
        UpdateAnew(world, roster);
        Assert.Equal(0, world.Count<Activate>(100));
        world.Register(3, 1, epoch: 2, session: 103);
        world.Say(103, new Recalled(next, 1, false, null));
        Assert.All([100, 101, 102], session => Assert.Equal(new Activate(2), world.Last<Activate>(session)));
        Assert.Equal(0, world.Count<Evicted>(103));
    }

    [Fact]
    public void AnEpochThatHasBegunForANewcomerOnlyIsOvertakenWhenTheOthersGoOn()
    {
        World world = RestartedWhileAnUpdateEnded(out Roster roster, out Roster next);
        UpdateAnew(world, roster);
        world.Advance(world.Rules.LaterEpochMs + 10, 100, 101, 102);
        // Under a number that every later coordinator prefers to the newcomer's.
        Assert.All([100, 101, 102], session => Assert.Equal(roster with { Epoch = 3, FirstOperation = 7 }, world.Last<Form>(session).Roster));
        foreach (long session in new long[] { 100, 101, 102 }) world.Say(session, new Ready(3));
        world.Register(3, 1, epoch: 2, session: 103);
        Assert.Equal(1, world.Count<Evicted>(103));
        Assert.Equal(3u, Assert.Single(world.State.Groups.Values).Active!.Number);
    }

    [Fact]
    public void WhoHasFormedAnotherEpochSinceIsToldTheRosterOfTheOneThatHasBegun()
    {
        World world = RestartedWhileAnUpdateEnded(out Roster roster, out Roster next);
        UpdateAnew(world, roster);
        world.Register(3, 1, epoch: 2, session: 103);
        world.Say(103, new Recalled(next, 1, false, null));
        Assert.Equal(next, world.Last<Form>(100).Roster);
        Assert.Equal([MessageKind.Form, MessageKind.Activate], world.Said(100).Select(message => message.Kind).Where(kind => kind is MessageKind.Form or MessageKind.Activate));
    }

    [Fact]
    public void AClaimThatIsOvertakenIsGivenUp()
    {
        World world = Restarted(3, out Roster roster);
        Return(world, 0, 1, highest: 2);
        Return(world, 2, 1, highest: 2);
        world.Say(100, new Recalled(roster, 0, false, null));
        // Epoch 2 has begun for one of four newcomers, and too few of its members are here.
        world.Register(3, 1, epoch: 2, session: 103);
        Roster next = roster with { Epoch = 2, Members = [.. roster.Members, .. Enumerable.Range(3, 4).Select(id => new RosterMember(World.Id(id), "h", 1))] };
        world.Say(103, new Recalled(next, 1, false, null));
        world.Advance(world.Rules.ReturnMs + 100, 100, 102, 103);
        Assert.Equal(3u, world.SettleAll(100, 102));
        Assert.Equal(1, world.Count<Evicted>(103));
        Assert.Equal(2, world.State.SessionCount);
    }

    [Fact]
    public void WhoComesBackAfterAllWereLostIsToldOfTheLastEpoch()
    {
        World world = EndedWithTheVerdict();
        Return(world, 0, 1);
        Assert.Equal(1, world.Count<Evicted>(100));
        Return(world, 2, 1, RegisterFlags.StandsStill, 2);
        Assert.Equal(2u, world.Last<Verdict>(102).Epoch);
        Return(world, 1, 2, highest: 2);
        Assert.Equal(0, world.Count<Recall>(101) + world.Count<Recall>(102) + world.Count<Evicted>(101));
        Assert.Equal(2, Assert.Single(world.State.Groups.Values).Active!.AliveCount);
        Return(world, 0, 1);
        Assert.Equal(2, world.Count<Evicted>(100));
    }

    [Fact]
    public void TheLastEpochIsOverOnceNewcomersHaveBegunTheirs()
    {
        World world = EndedWithTheVerdict();
        world.Register(9, 1);
        Assert.Equal(4u, world.AllReady(9));
        Return(world, 2, 1);
        Assert.Equal(1, world.Count<Evicted>(102));
    }

    [Fact]
    public void AnotherCoordinatorMayHaveLedTheLastEpochFurther()
    {
        World world = EndedWithTheVerdict(coordinators: 2, members: 5);
        Return(world, 2, 1, RegisterFlags.StandsStill, 2, coordinators: 2);
        Assert.Equal(0, world.Count<Verdict>(102));
        Return(world, 1, 2, highest: 2, coordinators: 2);
        Return(world, 3, 2, highest: 2, coordinators: 2);
        Assert.Equal(2u, world.Last<Verdict>(102).Epoch);
    }

    [Fact]
    public void AMemberThatDoesNotComeBackIsLost()
    {
        World world = Restarted(3, out Roster roster);
        Return(world, 0, 1);
        Return(world, 2, 1);
        world.Say(100, new Recalled(roster, 0, false, null));
        world.Advance(world.Rules.ReturnMs + 100, 100, 102);
        Assert.Equal(World.Id(1), Assert.Single(world.Last<Settle>(100).Losses).Member);
        Assert.Equal(2u, world.SettleAll(100, 102));
        Return(world, 1, 1);
        Assert.Equal(1, world.Count<Evicted>(101));
    }

    [Fact]
    public void WhoIsNotBackAndConnectedToNobodyIsLostSoon()
    {
        World world = Restarted(3, out Roster roster);
        Return(world, 0, 1);
        Return(world, 2, 1);
        world.Say(100, new Recalled(roster, 0, false, null));
        world.Say(100, new Links([(World.Id(1), false), (World.Id(2), true)]));
        world.Say(102, new Links([(World.Id(0), true), (World.Id(1), true)]));
        world.Advance(2 * world.Rules.GoneMs, 100, 102);
        Assert.Equal(0, world.Count<Settle>(100));
        world.Say(102, new Links([(World.Id(0), true), (World.Id(1), false)]));
        world.Advance(world.Rules.GoneMs + 10, 100, 102);
        Assert.Equal(World.Id(1), Assert.Single(world.Last<Settle>(100).Losses).Member);
    }

    [Fact]
    public void WhoHasNotSaidWhomItIsConnectedToMayBeConnected()
    {
        World world = Restarted(3, out Roster roster);
        Return(world, 0, 1);
        Return(world, 2, 1);
        world.Say(100, new Recalled(roster, 0, false, null));
        world.Say(100, new Links([(World.Id(1), false), (World.Id(2), true)]));
        world.Advance(world.Rules.ReturnMs - 100, 100, 102);
        Assert.Equal(0, world.Count<Settle>(100));
    }

    [Fact]
    public void WhatReturningMembersComplainOfCountsOnceTheirEpochIsTakenUp()
    {
        World world = Restarted(3, out Roster roster);
        Return(world, 0, 1);
        world.Say(100, new Unreachable(1, World.Id(2), "cut"));
        Return(world, 1, 1);
        world.Say(101, new Unreachable(1, World.Id(2), "cut"));
        world.Say(100, new Recalled(roster, 0, false, null));
        Return(world, 2, 1);
        world.Advance(world.Rules.MendMs - 100, 100, 101, 102);
        Assert.Equal(0, world.Count<Evicted>(102));
        world.Advance(200, 100, 101, 102);
        Assert.Equal(1, world.Count<Evicted>(102));
    }

    [Fact]
    public void ComplaintsOfLinksThatComeBackAreWithdrawn()
    {
        World world = Restarted(3, out Roster roster);
        Return(world, 0, 1);
        world.Say(100, new Unreachable(1, World.Id(2), "cut"));
        Return(world, 1, 1);
        world.Say(100, new Recalled(roster, 0, false, null));
        world.Say(101, new Unreachable(1, World.Id(2), "cut"));
        Return(world, 2, 1);
        world.Say(100, new Links([(World.Id(1), true), (World.Id(2), true)]));
        world.Say(101, new Links([(World.Id(0), true), (World.Id(2), true)]));
        world.Advance(world.Rules.MendMs + 100, 100, 101, 102);
        Assert.Equal(0, world.Count<Evicted>(102));
    }

    [Fact]
    public void NobodyIsEvictedIfTheOthersCouldNotGoOn()
    {
        var world = new World();
        world.Gather(4, coordinators: 2);
        world.AllReady(0);
        // Halves that do not reach each other, and both reach the coordinator.
        foreach ((int by, int about) in new[] { (0, 2), (0, 3), (1, 2), (1, 3) }) world.Say(by, new Unreachable(1, World.Id(about), "cut"));
        world.Advance(10 * world.Rules.LinkLossMs, 0, 1, 2, 3);
        Assert.All([0, 1, 2, 3], session => Assert.Equal(0, world.Count<Evicted>(session)));
        foreach (long session in new long[] { 0, 1 }) world.Say(session, new Links([(World.Id(2), true)]));
        // The last one may get through the others; if not, they can go on without it.
        world.Advance((2 * world.Rules.LinkLossMs) + world.Rules.RelayMs, 0, 1, 2, 3);
        Assert.Equal(1, world.Count<Evicted>(3));
    }

    [Fact]
    public void NewcomersFollowTheOneThatHasFoundTheGroupElsewhere()
    {
        var world = new World();
        for (int member = 0; member < 8; member++) world.Register(member, 20, coordinators: 2);
        long[] all = [.. Enumerable.Range(0, 8)];
        int longest = world.Rules.ScoutMs + world.Rules.MajorityMs + 100;
        world.Advance(longest, all);
        Assert.Equal(1, all.Sum(session => world.Count<Refused>(session)));
        world.Advance(longest, all);
        Assert.Equal(5, all.Sum(session => world.Count<Refused>(session)));
    }

    [Fact]
    public void NewcomersStayIfTheOneThatLooksFindsNothing()
    {
        var world = new World();
        long[] all = [.. Enumerable.Range(0, 8)];
        foreach (long member in all) world.Register((int)member, 20, coordinators: 2);
        for (int turn = 1; turn < 5; turn++)
        {
            world.Advance(world.Rules.ScoutMs + world.Rules.MajorityMs + 100, all);
            Assert.Equal(turn, all.Sum(session => world.Count<Refused>(session)));
            foreach (long member in all.Where(world.IsClosed)) world.Register((int)member, 20, coordinators: 2);
        }
    }

    [Fact]
    public void NobodyIsToBlameForNotReachingThoseThatAreNotBack()
    {
        World world = Restarted(5, out Roster roster);
        Return(world, 0, 1);
        Return(world, 1, 1);
        Return(world, 2, 1);
        world.Say(100, new Recalled(roster, 0, false, null));
        // One of the three notices first.
        world.Say(100, new Unreachable(1, World.Id(3), "cut"));
        world.Say(100, new Unreachable(1, World.Id(4), "cut"));
        world.Advance(world.Rules.ReturnMs - 100, 100, 101, 102);
        Assert.Equal(0, world.Count<Settle>(101));
        world.Advance(200, 100, 101, 102);
        Assert.Equal([World.Id(3), World.Id(4)], world.Last<Settle>(100).Losses.Select(loss => loss.Member));
        Assert.Equal(2u, world.SettleAll(100, 101, 102));
    }

    [Fact]
    public void AMinorityWaitsAndFormsNothingOfItsOwn()
    {
        World world = Restarted(4, out Roster roster);
        Return(world, 0, 1);
        Return(world, 2, 1);
        world.Say(100, new Recalled(roster, 0, false, null));
        // A newcomer that has heard of the epoch, at the coordinator before this one.
        world.Register(9, 1, known: 1);
        world.Advance(60_000, 100, 102, 9);
        Assert.Equal(new Waiting(2, 3), world.Last<Waiting>(100));
        Assert.Equal(0, world.Count<Form>(9) + world.Count<Form>(100) + world.Count<Settle>(100));
        Return(world, 3, 1);
        Assert.NotNull(Assert.Single(world.State.Groups.Values).Active);
    }

    [Fact]
    public void ANewcomerThatHasHeardOfAnEpochFormsNoneBesideIt()
    {
        var world = new World();
        world.Register(9, 1, known: 5);
        world.Advance(1000, 9);
        Assert.Equal(0, world.Count<Form>(9));
    }

    [Fact]
    public void NoFirstEpochFormsBeforeThoseOfAnEarlierCoordinatorCanBeBack()
    {
        var world = new World(new CoordinatorRules { HoldMs = 1000 });
        world.Register(9, 1);
        world.Advance(900, 9);
        Assert.Equal(0, world.Count<Form>(9));
        world.Advance(200, 9);
        Assert.Equal(1, world.Count<Form>(9));
    }

    [Fact]
    public void WhoHasMissedTheVerdictIsToldIt()
    {
        World world = Restarted(3, out Roster roster);
        Roster left = roster with { Epoch = 2, Members = roster.Members.RemoveAt(1) };
        var verdict = new Verdict(2, 1, [new Loss(World.Id(1), LossReason.Silent, "")], [new OperationName(1, 3)], []);
        Return(world, 0, 1, RegisterFlags.StandsStill, 2);
        Return(world, 2, 2);
        world.Say(100, new Recalled(roster, 0, false, null));
        world.Say(102, new Recalled(left, 1, false, verdict));
        Assert.Equal(verdict.Forward.AsEnumerable(), world.Last<Verdict>(100).Forward);
        Assert.Equal(0, world.Count<Verdict>(102));
        Assert.Equal(0, world.Count<Settle>(100));
        Return(world, 1, 1);
        Assert.Equal(1, world.Count<Evicted>(101));
    }

    [Fact]
    public void AnInterruptedSettlementIsTakenUpUnderAHigherNumber()
    {
        World world = Restarted(3, out Roster roster);
        Return(world, 0, 1, RegisterFlags.StandsStill, 2);
        Return(world, 2, 1, RegisterFlags.StandsStill, 2);
        world.Say(100, new Recalled(roster, 0, false, null));
        Assert.Equal(3u, world.Last<Settle>(100).Epoch);
        Assert.Empty(world.Last<Settle>(102).Losses);
        foreach (long session in new long[] { 100, 102 }) world.Say(session, new Settled(3, []));
        world.Advance(world.Rules.SettleMs + 100, 100, 102);
        Assert.Equal([World.Id(1)], world.Last<Settle>(100).Losses.Select(loss => loss.Member));
        Assert.Equal(4u, world.SettleAll(100, 102));
        Assert.Equal(1u, world.Last<Verdict>(100).Previous);
    }

    [Fact]
    public void AnEpochThatGoesOnElsewhereTakesTheGroupOver()
    {
        // Members 0 and 1 are led from here; 2, 3 and 4 went on without them at another coordinator.
        var world = new World();
        world.Gather(5, coordinators: 2);
        Roster roster = world.Last<Form>(0).Roster;
        world.AllReady(0);
        foreach (long session in new long[] { 2, 3, 4 }) world.Drop(session);
        foreach (long session in new long[] { 0, 1 }) world.Say(session, new Settled(world.Last<Settle>(session).Epoch, []));
        Assert.Equal(0, world.Count<Verdict>(0));

        Roster left = roster with { Epoch = 7, Members = roster.Members.RemoveAll(place => place.Id == World.Id(0) || place.Id == World.Id(1)) };
        var verdict = new Verdict(7, 1, [], [], []);
        Return(world, 2, 7, coordinators: 2);
        Return(world, 3, 7, coordinators: 2);
        world.Say(102, new Recalled(left, 1, false, verdict));
        Assert.Equal((1, 1), (world.Count<Evicted>(0), world.Count<Evicted>(1)));
        Assert.Equal(7u, Assert.Single(world.State.Groups.Values).Active!.Number);
    }

    [Fact]
    public void ANewcomerLooksForItsGroupElsewhereBeforeItWaits()
    {
        var world = new World();
        world.Register(0, 1, coordinators: 2, looked: false);
        Assert.Equal(RefusedCode.NoMajority, world.Last<Refused>(0).Code);
        Assert.Empty(world.State.Groups);
        for (int member = 1; member < 3; member++) world.Register(member, 2, coordinators: 2);
        // One looks once more before they begin, and they begin when it is back.
        Assert.Equal((0, 1), (world.Count<Form>(1), world.Count<Refused>(1)));
        world.Register(1, 2, coordinators: 2, session: 101);
        Assert.Equal(2, world.Last<Form>(2).Roster.World);
        world.Register(3, 1, coordinators: 2, looked: false);
        Assert.Equal(1, world.Count<Registered>(3));
    }

    [Fact]
    public void AStandbyBeginsOnlyWhenThoseOfTheCoordinatorBeforeItCanHaveCome()
    {
        var world = new World();
        world.Register(0, 1, flags: RegisterFlags.AtStandby, coordinators: 2);
        Assert.Equal(RefusedCode.NoMajority, world.Last<Refused>(0).Code);
        world.Register(0, 1, flags: RegisterFlags.AtStandby, coordinators: 2, session: 100);
        world.Advance(world.Rules.HeartbeatMs - 100, 100);
        Assert.Equal(0, world.Count<Form>(100));
        world.Advance(200, 100);
        Assert.Equal(1, world.Count<Form>(100));
    }

    [Fact]
    public void NewcomersWaitBesideAnEpochThatExistsUntilNobodyOfItIsHeardOfForLong()
    {
        var world = new World();
        world.Register(0, 1, known: 7);
        world.Advance(world.Rules.AbandonMs - 100, 0);
        Assert.Equal(0, world.Count<Form>(0));
        world.Advance(200, 0);
        Assert.Equal(1, world.Count<Form>(0));
    }

    [Fact]
    public void NewcomersWaitForAMomentForThoseWhoseSessionsHaveAllBroken()
    {
        World world = Restarted(2, out Roster roster);
        Return(world, 0, 1);
        Return(world, 1, 1);
        world.Say(100, new Recalled(roster, 0, false, null));
        world.Register(5, 1);
        world.Drop(100);
        world.Drop(101);
        Assert.Equal(0, world.Count<Form>(5));
        world.Register(0, 2, epoch: 1, session: 200);
        world.Register(1, 2, epoch: 1, session: 201);
        world.Advance(world.Rules.AllGoneMs + 100, 5, 200, 201);
        Assert.Equal(0, world.Count<Form>(5));
        Assert.Equal(2, Assert.Single(world.State.Groups.Values).Active!.AliveCount);
    }

    [Fact]
    public void AClaimStopsAnEpochThatFormsBesideIt()
    {
        var world = new World();
        world.Register(5, 1);
        Assert.Equal(1, world.Count<Form>(5));
        Return(world, 0, 4);
        world.Say(5, new Ready(1));
        Assert.Equal(0, world.Count<Activate>(5));
    }

    [Fact]
    public void AMinorityThatSomebodyComesBackToWaitsForTheOthers()
    {
        var world = new World();
        world.Gather(4, coordinators: 2);
        world.AllReady(0);
        world.Drop(2);
        world.Drop(3);
        foreach (long session in new long[] { 0, 1 }) world.Say(session, new Settled(world.Last<Settle>(session).Epoch, []));
        Return(world, 2, 1, coordinators: 2);
        foreach (long session in new long[] { 0, 1, 102 }) world.Say(session, new Settled(world.Last<Settle>(session).Epoch, []));
        Assert.Equal(0, world.Count<Verdict>(0));
        Return(world, 3, 1, coordinators: 2);
        foreach (long session in new long[] { 0, 1, 102, 103 }) world.Say(session, new Settled(world.Last<Settle>(session).Epoch, []));
        world.Advance(world.Rules.ComeBackMs + 50, 0, 1, 102, 103);
        Assert.Empty(world.Last<Verdict>(0).Losses);
        Assert.Equal(4, Assert.Single(world.State.Groups.Values).Active!.AliveCount);
    }

    [Fact]
    public void AMinorityWithOtherCoordinatorsIsSentOn()
    {
        var world = new World();
        world.Gather(4, coordinators: 2);
        world.AllReady(0);
        world.Drop(2);
        world.Drop(3);
        foreach (long session in new long[] { 0, 1 }) world.Say(session, new Settled(world.Last<Settle>(session).Epoch, []));
        world.Advance(world.Rules.MajorityMs - 50, 0, 1);
        Assert.False(world.IsClosed(0) || world.IsClosed(1));
        world.Advance((2 * world.Rules.MajorityMs) + 100, 0, 1);
        Assert.Equal(RefusedCode.NoMajority, world.Last<Refused>(0).Code);
        Assert.True(world.IsClosed(0) && world.IsClosed(1));
        world.Advance(world.Rules.AbandonMs + 50);
        Assert.Empty(world.State.Groups);
    }

    [Fact]
    public void AMemberThatIsBackBeforeTheVerdictIsNotLost()
    {
        var world = new World();
        for (int member = 0; member < 3; member++) world.Register(member, 3);
        world.AllReady(0);
        world.Drop(1);
        Return(world, 1, 1);
        Assert.Empty(world.Last<Settle>(0).Losses);
        Assert.Equal(3u, world.Last<Settle>(101).Epoch);
        Assert.Equal(3u, world.SettleAll(0, 2, 101));
        Assert.Equal(3, Assert.Single(world.State.Groups.Values).Active!.AliveCount);
    }

    [Fact]
    public void AnAnswerToWhatWasNotAskedCostsTheSession()
    {
        World world = Restarted(3, out Roster roster);
        Return(world, 0, 1);
        world.Say(100, new Recalled(roster with { Epoch = 9 }, 0, false, null));
        Assert.True(world.IsClosed(100));
        Return(world, 1, 1);
        world.Say(101, new Recalled(roster with { Members = roster.Members.RemoveAt(1) }, 0, false, null));
        Assert.True(world.IsClosed(101));
    }

    /// <summary>Members 0 to 2 have admitted 3; the coordinator went after it had told 3 that the epoch begins, and before it told them.</summary>
    private static World RestartedWhileAnUpdateEnded(out Roster roster, out Roster next)
    {
        var world = new World();
        for (int member = 0; member < 3; member++) world.Register(member, 3);
        roster = world.Last<Form>(0).Roster;
        world.AllReady(0);
        world.Register(3, 1);
        for (int member = 0; member < 3; member++) world.Say(member, new Update(1, 7));
        next = world.Last<Form>(3).Roster;
        Assert.Equal((2u, 4), (next.Epoch, next.World));
        world.Restart();
        return world;
    }

    private static void UpdateAnew(World world, Roster roster)
    {
        for (int member = 0; member < 3; member++)
        {
            Return(world, member, 1, highest: 2);
            world.Say(100 + member, new Update(1, 7));
        }

        world.Say(100, new Recalled(roster, 0, false, null));
    }

    /// <summary>Member 0 is lost, the others go on in epoch 2, and are then lost too.</summary>
    private static World EndedWithTheVerdict(ushort coordinators = 1, int members = 3)
    {
        var world = new World();
        world.Gather(members, coordinators);
        world.AllReady(0);
        world.Drop(0);
        long[] left = [.. Enumerable.Range(1, members - 1)];
        Assert.Equal(2u, world.SettleAll(left));
        foreach (long session in left) world.Drop(session);
        world.Advance(world.Rules.ForgetMs + 100);
        Assert.Empty(world.State.Groups);
        return world;
    }

    private static World Restarted(int members, out Roster roster)
    {
        var world = new World();
        for (int member = 0; member < members; member++) world.Register(member, (uint)members);
        roster = world.Last<Form>(0).Roster;
        world.AllReady(0);
        world.Restart();
        return world;
    }

    /// <summary>The member comes back with the epoch, over the session 100 + member.</summary>
    private static void Return(World world, int member, ulong epoch, RegisterFlags flags = RegisterFlags.None, ulong highest = 0, ulong confirmed = 0,
        ushort coordinators = 1) =>
        world.Register(member, 1, epoch: epoch, session: 100 + member, flags: flags, highest: highest, confirmed: confirmed, coordinators: coordinators);
}
