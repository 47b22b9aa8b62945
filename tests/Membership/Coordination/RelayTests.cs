using Collectives.Membership.Messages;

namespace Collectives.Membership.Tests.Coordination;

/// <summary>Links that neither end can make go through a member that both reach, before anybody is dropped for them.</summary>
public sealed class RelayTests
{
    private static readonly long[] All = [0, 1, 2, 3];

    [Fact]
    public void TwoThatDoNotReachEachOtherGoThroughAThirdAndTheEpochBegins()
    {
        World world = Forming(3);
        Complain(world, 1, 0, 1);
        world.Advance(world.Rules.RelayAfterMs + 50, All);
        Relay relay = world.Last<Relay>(0);
        Assert.Equal(new Relay(1, World.Id(0), World.Id(1), World.Id(2)), relay);
        Assert.All(All[..3], member => Assert.Equal(relay, Assert.Single(world.Said(member).OfType<Relay>())));
        world.AllReady(0);
        world.Advance(20_000, All);
        Assert.Equal(new Activate(1), world.Last<Activate>(1));
        Assert.All(All[..3], member => Assert.Equal(0, world.Count<Evicted>(member)));
    }

    [Fact]
    public void TheNextOneIsTriedAndThenSomebodyIsDropped()
    {
        World world = Forming(4);
        Complain(world, 1, 0, 1);
        world.Advance(world.Rules.RelayAfterMs + 50, All);
        Assert.Equal(World.Id(2), world.Last<Relay>(0).Through);
        world.Advance(world.Rules.RelayMs, All);
        Assert.Equal(World.Id(3), world.Last<Relay>(0).Through);
        Assert.Equal(0, world.Count<Evicted>(0) + world.Count<Evicted>(1));
        world.Advance(world.Rules.RelayMs, All);
        Assert.Equal(2, world.Count<Relay>(0));
        Assert.Equal(1, world.Count<Evicted>(0) + world.Count<Evicted>(1));
    }

    [Fact]
    public void WhoIsComplainedOfByEitherEndDoesNotRelay()
    {
        World world = Forming(4);
        Complain(world, 1, 0, 1);
        world.Say(2, new Unreachable(1, World.Id(0), "timed out"));
        world.Advance(world.Rules.RelayAfterMs + 50, All);
        // Each of the two broken links has one member that reaches both of its ends.
        Assert.Equal([World.Id(3), World.Id(3)], world.Said(0).OfType<Relay>().Select(relay => relay.Through));
        Assert.Equal(World.Id(3), Assert.Single(world.Said(1).OfType<Relay>()).Through);
    }

    [Fact]
    public void ARelayThatIsComplainedOfIsReplacedAtOnce()
    {
        World world = Forming(4);
        Complain(world, 1, 0, 1);
        world.Advance(world.Rules.RelayAfterMs + 50, All);
        world.Say(1, new Unreachable(1, World.Id(2), "timed out"));
        world.Advance(world.Rules.RelayAfterMs + 50, All);
        Assert.Equal([World.Id(2), World.Id(3)], world.Said(0).OfType<Relay>().Select(relay => relay.Through));
    }

    [Fact]
    public void OneMemberRelaysForManyOnlyWhereThereIsNoOther()
    {
        var world = new World();
        for (int member = 0; member < 6; member++) world.Register(member, 6);
        Complain(world, 1, 0, 1);
        Complain(world, 1, 2, 3);
        world.Advance(world.Rules.RelayAfterMs + 50, 0, 1, 2, 3, 4, 5);
        Assert.Equal([World.Id(4), World.Id(5)], new[] { world.Last<Relay>(0).Through, world.Last<Relay>(2).Through });
    }

    [Fact]
    public void AMemberThatNobodyReachesIsDroppedNoLaterThanWithoutRelays()
    {
        World world = Forming(4);
        for (int other = 1; other < 4; other++) Complain(world, 1, 0, other);
        world.Advance(world.Rules.ComplaintMs + 50, All);
        Assert.Equal(LossReason.Unreachable, world.Last<Evicted>(0).Reason);
        Assert.Equal(0, world.Count<Relay>(1));
    }

    [Fact]
    public void ALinkOfTheActiveEpochThatBreaksGoesThroughAThirdAndNobodyIsLost()
    {
        World world = Active(3);
        Complain(world, 1, 0, 1);
        world.Advance(world.Rules.LoneLinkMs + 50, All);
        Assert.Equal(World.Id(2), world.Last<Relay>(1).Through);
        world.Say(0, Connected(1, 2));
        world.Say(1, Connected(0, 2));
        world.Advance(20_000, All);
        Assert.All(All[..3], member => Assert.Equal(0, world.Count<Evicted>(member) + world.Count<Settle>(member)));
    }

    [Fact]
    public void WhenARelayIsLostAnotherOneIsNamedAndTheSameOneMayRelayAgain()
    {
        World world = Active(4);
        Complain(world, 1, 0, 1);
        world.Advance(world.Rules.LoneLinkMs + 50, All);
        Assert.Equal(World.Id(2), world.Last<Relay>(0).Through);
        world.Say(0, Connected(1));
        world.Say(1, Connected(0));
        Complain(world, 1, 0, 1);
        world.Advance(world.Rules.LoneLinkMs + 50, All);
        Assert.Equal(World.Id(2), world.Last<Relay>(0).Through);
        world.Say(0, Connected(1));
        world.Say(1, Connected(0));
        world.Drop(2);
        ulong epoch = world.SettleAll(0, 1, 3);
        Assert.Equal(new Relay(epoch, World.Id(0), World.Id(1), World.Id(3)), world.Last<Relay>(0));
        Complain(world, epoch, 0, 1);
        world.Advance(world.Rules.RelayMs - 500, 0, 1, 3);
        Assert.Equal(0, world.Count<Evicted>(0) + world.Count<Evicted>(1));
    }

    [Fact]
    public void WithNobodyElseLeftOneOfTheTwoIsDropped()
    {
        World world = Active(3);
        GoThroughAnother(world);
        world.Drop(2);
        ulong epoch = world.SettleAll(0, 1);
        Complain(world, epoch, 0, 1);
        world.Advance(world.Rules.LinkLossMs + 50, 0, 1);
        Assert.Equal(1, world.Count<Evicted>(0) + world.Count<Evicted>(1));
    }

    [Fact]
    public void TheNextEpochIsToldOfThemAtOnce()
    {
        World world = Active(3);
        GoThroughAnother(world);
        world.Register(3, 1);
        foreach (long member in All[..3]) world.Say(member, new Update(1, 0));
        Assert.Equal(2u, world.Last<Form>(0).Roster.Epoch);
        Assert.All(All[..3], member => Assert.Equal(new Relay(2, World.Id(0), World.Id(1), World.Id(2)), world.Last<Relay>(member)));
    }

    [Fact]
    public void WhoIsWaitedForOverALinkThatIsThereIsNotRelayedTo()
    {
        World world = Active(3);
        world.Say(0, new Unreachable(1, World.Id(1), "it says nothing", IsUp: true));
        world.Advance(world.Rules.LoneLinkMs + 50, All);
        Assert.Equal(0, world.Count<Relay>(0));
        Assert.Equal(1, world.Count<Evicted>(1));
    }

    private static World Forming(int members)
    {
        var world = new World();
        for (int member = 0; member < members; member++) world.Register(member, (uint)members);
        return world;
    }

    private static World Active(int members)
    {
        World world = Forming(members);
        world.AllReady(0);
        return world;
    }

    /// <summary>The first two lose their link, and get it back through a third one.</summary>
    private static void GoThroughAnother(World world)
    {
        Complain(world, 1, 0, 1);
        world.Advance(world.Rules.LoneLinkMs + 50, All);
        world.Say(0, Connected(1));
        world.Say(1, Connected(0));
    }

    private static void Complain(World world, ulong epoch, int one, int other)
    {
        world.Say(one, new Unreachable(epoch, World.Id(other), "timed out"));
        world.Say(other, new Unreachable(epoch, World.Id(one), "timed out"));
    }

    private static Links Connected(params int[] members) => new([.. members.Select(member => (World.Id(member), true))]);
}
