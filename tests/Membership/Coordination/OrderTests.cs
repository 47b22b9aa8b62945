using System.Collections.Immutable;
using Collectives.Membership.Coordination;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Tests.Coordination;

/// <summary>Members far apart, whose order is chosen by what their links carry and changes at admission points.</summary>
public sealed class OrderTests
{
    private const uint FarUs = 20_000;

    /// <summary>The links of this ring carry much, all others little.</summary>
    private static readonly int[] _fast = [0, 2, 1, 3];

    [Fact]
    public void ABetterOrderIsAnnouncedToAllOnceTheLinksAreProbed()
    {
        World world = Active(4);
        Assert.Equal(12, AnswerProbes(world, 4));
        world.Advance(500, 0, 1, 2, 3);
        for (int member = 0; member < 4; member++) Assert.Equal(new PendingChanged(0, HasBetterOrder: true), world.Last<PendingChanged>(member));
    }

    [Fact]
    public void TheNextUpdateBeginsAnEpochInThatOrderAlthoughNobodyIsPending()
    {
        World world = Reordered(4);
        Roster roster = world.Last<Form>(0).Roster;
        Assert.Equal((2u, 7u), (roster.Epoch, roster.FirstOperation));
        Assert.Equal([World.Id(0), World.Id(1), World.Id(2), World.Id(3)], roster.Members.Select(place => place.Id));
        Assert.Equal("0 2 1 3", Assert.Single(roster.Rings).ToString());
        for (int member = 0; member < 4; member++)
        {
            Assert.Same(world.Last<Form>(0), world.Last<Form>(member));
            Assert.Equal((2ul, 4), (world.Last<Activate>(member).Epoch, world.Last<Activate>(member).Links.World));
        }

        // It is there, and no longer better.
        world.Advance(500, 0, 1, 2, 3);
        Assert.Equal(new PendingChanged(0), world.Last<PendingChanged>(3));
        Update(world, 2, 0, 1, 2, 3);
        Assert.Equal(2, world.Count<Form>(0));
        Assert.Equal(new Activate(2), world.Said(0).Last(message => message is Activate or Form));
    }

    [Fact]
    public void AnUpdateWithoutABetterOrderOnlyConfirmsTheEpoch()
    {
        World world = Active(4);
        AnswerProbes(world, 4, carry: (from, to) => Rate([0, 1, 2, 3], from, to));
        world.Advance(5000, 0, 1, 2, 3);
        Update(world, 1, 0, 1, 2, 3);
        Assert.Equal(1, world.Count<Form>(0));
        Assert.Equal(2, world.Count<Activate>(0));
    }

    [Fact]
    public void AnUpdateBeforeAllProbesAreAnsweredOnlyConfirmsTheEpoch()
    {
        World world = Active(4);
        Update(world, 1, 0, 1, 2, 3);
        Assert.Equal(1, world.Count<Form>(0));
        Assert.Equal(new Activate(1), world.Last<Activate>(0));
    }

    [Fact]
    public void MembersThatAreNearAreNotProbed()
    {
        World world = Active(4, farUs: 0);
        world.Advance(70_000, 0, 1, 2, 3);
        for (int member = 0; member < 4; member++) Assert.Equal(0, world.Count<Probe>(member));
    }

    [Fact]
    public void TheOrderGoesOnWithoutALostMemberAsTheOthersReckonIt()
    {
        World world = Reordered(5, [0, 2, 4, 1, 3]);
        Roster before = world.Last<Form>(0).Roster with { Links = world.Last<Activate>(0).Links };
        Assert.Equal("0 2 4 1 3", Assert.Single(before.Rings).ToString());
        world.Drop(2);
        ulong epoch = world.SettleAll(0, 1, 3, 4);
        Roster after = world.State.Groups[0].Active!.Roster;
        // 3 and 4 are 2 and 3 now.
        Assert.Equal("0 3 1 2", Assert.Single(after.Rings).ToString());
        Assert.Equal(before.Without(id => id == World.Id(2)) with { Epoch = epoch }, after);
    }

    [Fact]
    public void BetweenTheTwoThatAreLeftThereIsNoOrder()
    {
        World world = Reordered(4);
        world.Drop(2);
        world.Drop(1);
        world.SettleAll(0, 3);
        Assert.Empty(world.State.Groups[0].Active!.Roster.Rings);
    }

    [Fact]
    public void NewcomersComeLastInTheOrderThatIsThere()
    {
        World world = Reordered(4);
        world.Register(7, 1);
        Update(world, 2, 0, 1, 2, 3);
        Assert.Equal("0 2 1 3 4", Assert.Single(world.Last<Form>(7).Roster.Rings).ToString());
    }

    [Fact]
    public void OneMemberThatKeepsTheOrderOfRanksIsEnough()
    {
        World world = Active(4, keepsOrder: 2);
        for (int member = 0; member < 4; member++) Assert.Equal(0, world.Count<Probe>(member));
        world.Advance(70_000, 0, 1, 2, 3);
        Update(world, 1, 0, 1, 2, 3);
        Assert.Equal(1, world.Count<Form>(0));
    }

    [Fact]
    public void ANewcomerThatKeepsTheOrderOfRanksBringsItBack()
    {
        World world = Reordered(4);
        world.Register(7, 1, flags: RegisterFlags.KeepsOrder);
        Update(world, 2, 0, 1, 2, 3);
        Assert.Empty(world.Last<Form>(7).Roster.Rings);
        Ready(world, 5, FarUs);
        int probes = world.Count<Probe>(0);
        world.Advance(70_000, 0, 1, 2, 3, 7);
        Assert.Equal(probes, world.Count<Probe>(0));
        Assert.Equal(new PendingChanged(0), world.Last<PendingChanged>(0));
    }

    [Fact]
    public void ACoordinatorThatTakesTheEpochUpKeepsItsOrder()
    {
        World world = Reordered(4);
        Roster roster = world.Last<Form>(0).Roster;
        world.Restart();
        Return(world, 4, roster);
        Assert.Equal(roster, world.State.Groups[0].Active!.Roster);

        // At an admission point too, and although nobody has told it of links.
        world.Register(7, 1);
        foreach (int member in Enumerable.Range(0, 4)) world.Say(100 + member, new Update(2, 9));
        Roster next = world.Last<Form>(7).Roster;
        Assert.Equal("0 2 1 3 4", Assert.Single(next.Rings).ToString());
    }

    /// <summary>Some have told it of their links and others not yet: of the links between these nothing is known.</summary>
    [Fact]
    public void ACoordinatorThatTakesTheEpochUpWaitsUntilAllHaveToldItOfTheirLinks()
    {
        World world = Reordered(4);
        Roster roster = world.Last<Form>(0).Roster;
        world.Restart();
        Return(world, 4, roster);
        for (int member = 0; member < 2; member++)
        {
            Report(world, 4, member);
            world.Advance(3000, 100, 101, 102, 103);
            Assert.Equal(0, world.Said(100).OfType<PendingChanged>().Count(news => news.HasBetterOrder));
        }

        for (int member = 2; member < 4; member++) Report(world, 4, member);
        world.Advance(3000, 100, 101, 102, 103);
        Assert.NotNull(world.State.Groups[0].Order.Judged);
        Assert.Equal(0, world.Said(100).OfType<PendingChanged>().Count(news => news.HasBetterOrder));
    }

    /// <summary>What was known of its links is known still.</summary>
    [Fact]
    public void AMemberThatComesBackBeforeTheVerdictChangesNoOrder()
    {
        // Without member 1 there would be a faster way.
        World world = Reordered(4, carry: (from, to) => (from, to) is (2, 0) or (0, 3) ? 200 : Rate(_fast, from, to));
        world.Drop(1);
        world.Register(1, 1, epoch: 2, session: 101);
        foreach (long session in new long[] { 0, 2, 3, 101 }) world.Say(session, new Settled(world.Last<Settle>(session).Epoch, []));
        Assert.Equal(4, world.State.Groups[0].Active!.AliveCount);
        world.Advance(10_000, 0, 2, 3, 101);
        Assert.Equal(new PendingChanged(0), world.Last<PendingChanged>(0));
        Assert.Equal("0 2 1 3", Assert.Single(world.State.Groups[0].Active!.Roster.Rings).ToString());
    }

    private static World Active(int members, uint farUs = FarUs, int keepsOrder = -1)
    {
        var world = new World();
        for (int member = 0; member < members; member++)
            world.Register(member, (uint)members, flags: member == keepsOrder ? RegisterFlags.KeepsOrder : RegisterFlags.None);
        Ready(world, members, farUs);
        Assert.Equal(1, world.Count<Activate>(0));
        return world;
    }

    /// <summary>In the second epoch the members are in the order in which their links carry much.</summary>
    private static World Reordered(int members, int[]? fast = null, Func<int, int, double>? carry = null)
    {
        carry ??= (from, to) => Rate(fast ?? _fast, from, to);
        World world = Active(members);
        AnswerProbes(world, members, carry);
        long[] all = [.. Enumerable.Range(0, members).Select(member => (long)member)];
        world.Advance(500, all);
        Update(world, 1, all);
        Ready(world, members, FarUs);
        AnswerProbes(world, members, carry);
        return world;
    }

    private static void Ready(World world, int members, uint farUs)
    {
        Roster roster = world.Last<Form>(0).Roster;
        foreach (RosterMember member in roster.Members)
        {
            world.Say(Session(member.Id), new Ready(roster.Epoch, farUs == 0 ? []
                : [.. roster.Members.Where(other => other.Id != member.Id).Select(other => new PeerRoundTrip(other.Id, farUs))]));
        }

        Assert.Equal(members, roster.World);
    }

    private static void Update(World world, ulong epoch, params long[] sessions)
    {
        foreach (long session in sessions) world.Say(session, new Update(epoch, 7));
    }

    /// <summary>All probes that are asked for, until there are no more. Returns how many there were.</summary>
    private static int AnswerProbes(World world, int members, Func<int, int, double>? carry = null)
    {
        carry ??= (from, to) => Rate(_fast, from, to);
        HashSet<ulong> answered = [];
        long[] all = [.. Enumerable.Range(0, members).Select(member => (long)member)];
        for (bool any = true; any;)
        {
            any = false;
            foreach (long session in all)
            {
                foreach (Probe probe in world.Said(session).OfType<Probe>().ToArray())
                {
                    if (!answered.Add(probe.Number)) continue;
                    world.Say(session, new Probed(probe.Number, (ulong)(carry((int)session, (int)Session(probe.Peer)) * 1e6), FarUs));
                    any = true;
                }
            }
        }

        return answered.Count;
    }

    /// <summary>In MB/s.</summary>
    private static double Rate(int[] fast, int from, int to) => fast[(Array.IndexOf(fast, from) + 1) % fast.Length] == to ? 100 : 5;

    /// <summary>All members come to a coordinator that knows nothing, in sessions from 100 on.</summary>
    private static void Return(World world, int members, Roster roster)
    {
        for (int member = 0; member < members; member++) world.Register(member, 1, epoch: roster.Epoch, session: 100 + member);
        world.Say(100, new Recalled(roster, 1, false, null));
        world.Advance(world.Rules.LaterEpochMs + 100, [.. Enumerable.Range(100, members).Select(session => (long)session)]);
    }

    private static void Report(World world, int members, int member)
    {
        ImmutableArray<LinkReport> links = [.. Enumerable.Range(0, members).Where(other => other != member).Select(other =>
            new LinkReport(World.Id(other), 1, 0, 0, FarUs, (ulong)(Rate(_fast, member, other) * 1e6), "cubic"))];
        world.Say(100 + member, new Report(links, []));
    }

    private static long Session(MemberId id) => (long)(id.High >> 32) - 1;
}
