using System.Collections.Immutable;
using Collectives.Membership.Coordination;
using Collectives.Membership.Messages;

namespace Collectives.Membership.Tests.Coordination;

/// <summary>What is known of links when an epoch begins, as all of its members are told, whoever leads them and whoever is lost.</summary>
public sealed class AgreedLinksTests
{
    [Fact]
    public void AnEpochBeginsWithTheRoundTripsThatItsMembersTold()
    {
        World world = Begun(4);
        LinkTable links = world.Last<Activate>(0).Links;
        Assert.Equal((4, 120u, 340u), (links.World, links.RoundTripUs(0, 1), links.RoundTripUs(3, 2)));
        // Near links are told too; nobody has measured what any carries.
        Assert.Equal(0, links.BytesPerSecond(0, 1));
        for (int member = 0; member < 4; member++) Assert.Equal(links, world.Last<Activate>(member).Links);
        Assert.Equal(links, world.State.Groups[0].Active!.Roster.Links);
    }

    [Fact]
    public void TwoMembersAgreeToo() => Assert.Equal(120u, Begun(2).Last<Activate>(1).Links.RoundTripUs(0, 1));

    [Fact]
    public void WhatIsReportedLaterCountsForTheNextEpoch()
    {
        World world = Begun(3);
        world.Say(0, new Report([new LinkReport(World.Id(1), 1, 0, 0, 120, 54_321_000, "cubic")], []));
        foreach (long member in new long[] { 0, 1, 2 }) world.Say(member, new Update(1, 7));
        // It goes on as it was: whoever has begun it has the table already.
        Assert.Equal(new Activate(1), world.Last<Activate>(2));
        Assert.Equal(0, world.State.Groups[0].Active!.Roster.Links.BytesPerSecond(0, 1));
        world.Register(3, 1);
        foreach (long member in new long[] { 0, 1, 2 }) world.Say(member, new Update(1, 7, 2));
        Ready(world);
        Assert.Equal(54_000_000, world.Last<Activate>(3).Links.BytesPerSecond(0, 1));
    }

    [Fact]
    public void TheOthersGoOnWithWhatIsLeft()
    {
        World world = Begun(4);
        Roster before = world.Last<Form>(0).Roster with { Links = world.Last<Activate>(0).Links };
        world.Drop(1);
        ulong epoch = world.SettleAll(0, 2, 3);
        Roster after = world.State.Groups[0].Active!.Roster;
        Assert.Equal(before.Without(id => id == World.Id(1)) with { Epoch = epoch }, after);
        Assert.Equal((3, 220u), (after.Links.World, after.Links.RoundTripUs(0, 1)));
    }

    /// <summary>Another coordinator, which knows of no link, has it from a member; one that had missed the beginning is told what the others were.</summary>
    [Fact]
    public void ACoordinatorThatTakesTheEpochUpHasTheTableFromItsMembers()
    {
        World world = Begun(3);
        Roster roster = world.Last<Form>(0).Roster with { Links = world.Last<Activate>(0).Links };
        world.Restart();
        for (int member = 0; member < 2; member++) world.Register(member, 1, epoch: 1, session: 100 + member);
        world.Say(100, new Recalled(roster, 0, false, null));
        world.Register(2, 1, session: 102);
        Assert.Equal(roster, world.State.Groups[0].Active!.Roster);
    }

    [Fact]
    public void AMemberThatHasMissedTheBeginningIsToldTheSame()
    {
        World world = Begun(3);
        LinkTable links = world.Last<Activate>(0).Links;
        Next(world);
        LinkTable next = world.Last<Activate>(0).Links;
        Assert.Equal(4, next.World);
        // Its session had broken before, and nobody has noticed yet.
        world.Register(2, 1, epoch: 1, session: 102);
        Assert.Equal(next, world.Last<Activate>(102).Links);
        Assert.Equal(LinkTable.None, world.Last<Form>(102).Roster.Links);
        Assert.NotEqual(links, next);
    }

    [Fact]
    public void LargeWorldsAgreeOnNothing()
    {
        World world = Begun(Roster.MaxRingWorld + 1);
        Assert.Equal(new Activate(1), world.Last<Activate>(7));
    }

    private static World Begun(int members)
    {
        World world = new();
        world.Gather(members);
        Ready(world);
        return world;
    }

    private static void Next(World world)
    {
        world.Register(3, 1);
        foreach (long member in new long[] { 0, 1, 2 }) world.Say(member, new Update(1, 7));
        Ready(world);
    }

    /// <summary>All members say how far they are from each other.</summary>
    private static void Ready(World world)
    {
        Roster roster = world.Last<Form>(0).Roster;
        foreach (RosterMember member in roster.Members)
        {
            ImmutableArray<PeerRoundTrip> links = roster.World > Roster.MaxRingWorld ? []
                : [.. roster.Members.Where(other => other.Id != member.Id).Select(other => new PeerRoundTrip(other.Id, RoundTripUs(Number(member), Number(other))))];
            world.Say(Number(member), new Ready(roster.Epoch, links));
        }
    }

    private static uint RoundTripUs(long one, long other) => (uint)(100 * Math.Max(one, other) + 10 * (Math.Min(one, other) + 2));

    private static long Number(RosterMember member) => (long)(member.Id.High >> 32) - 1;
}
