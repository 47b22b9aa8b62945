using System.Text.Json;
using Collectives.Membership.Coordination;
using Collectives.Membership.Messages;
using Collectives.Membership.Observation;
using Collectives.Membership.Server;
using Collectives.Membership.Tests.Coordination;

namespace Collectives.Membership.Tests.Observation;

/// <summary>What a snapshot says of a group, and the document that is made of it.</summary>
public sealed class SnapshotTests
{
    [Fact]
    public void MembersStandInTheOrderOfRanksThenOfRegistration()
    {
        World world = new();
        for (int member = 0; member < 3; member++) world.Register(member, min: 3, group: 5);
        Assert.Equal((0ul, 1ul, 0), Only(world, group => (group.Epoch, group.Forming, group.Needed)));
        world.AllReady(0);
        world.Register(3, min: 1, group: 5);
        world.Advance(1500, 0, 1, 2, 3);
        world.Drop(1);

        GroupSnapshot group = Take(world).Groups.Single();
        Assert.Equal((5u, 1ul, 0ul, 1500L), (group.Group, group.Epoch, group.Forming, group.EpochAgeMs));
        Assert.Equal([0, 2, -1], group.Members.Select(member => member.Rank));
        Assert.Equal([World.Id(0), World.Id(2), World.Id(3)], group.Members.Select(member => member.Place.Id));
        Assert.Equal([Standing.Active, Standing.Active, Standing.Pending], group.Members.Select(member => member.Standing));
        Assert.All(group.Members, member => Assert.Equal((1500L, -1L), (member.SinceMs, member.ReportAgeMs)));
    }

    [Fact]
    public void PhasesSayWhoIsWaitedFor()
    {
        World world = new();
        for (int member = 0; member < 2; member++) world.Register(member, min: 2);
        world.Say(1, new Ready(1));
        Assert.Equal([Phase.Connecting, Phase.Ready], Phases(world));
        world.Say(0, new Ready(1));
        Assert.Equal([Phase.Running, Phase.Running], Phases(world));
        world.Register(2, min: 1);
        world.Say(0, new Update(1, 0));
        Assert.Equal([Phase.Updating, Phase.Running, Phase.Waiting], Phases(world));
        world.Say(1, new Update(1, 0));
        Assert.Equal([Phase.Connecting, Phase.Connecting, Phase.Connecting], Phases(world));

        static IEnumerable<Phase> Phases(World world) => Only(world, group => group.Members.Select(member => member.Phase));
    }

    [Fact]
    public void AGroupThatGathersSaysHowManyItNeeds()
    {
        World world = new();
        world.Register(0, min: 3);
        world.Register(1, min: 2);
        Assert.Equal((0ul, 0ul, 3), Only(world, group => (group.Epoch, group.Forming, group.Needed)));
    }

    [Fact]
    public void TheDocumentNamesWhoIsWaitedFor()
    {
        World world = new();
        for (int each = 0; each < 2; each++) world.Register(each, min: 2);
        world.AllReady(0);
        world.Say(0, Heartbeat.Instance);
        world.Say(0, new Report(
            [new LinkReport(World.Id(1), 2, 10, 20, 1500, 5_000_000, "bbr"), new LinkReport(World.Id(9), 0, 0, 0, 0, 0, "")],
            [new OperationReport(1, 0x8000000700000002, 400, 100, 3000, World.Id(1), "all_reduce(count 100, f32, sum)", "waits"), new OperationReport(1, 3, 0, 0, 0, default, "", "")]));

        using JsonDocument document = JsonDocument.Parse(StatusJson.Write(Take(world)));
        JsonElement member = document.RootElement.GetProperty("groups")[0].GetProperty("members")[0];
        JsonElement link = member.GetProperty("links")[0];
        Assert.Equal((1, 0.0015, "bbr"), (link.GetProperty("peer_rank").GetInt32(), link.GetProperty("rtt_seconds").GetDouble(), link.GetProperty("congestion_control").GetString()));
        Assert.Equal(-1, member.GetProperty("links")[1].GetProperty("peer_rank").GetInt32());
        JsonElement operation = member.GetProperty("operations")[0];
        Assert.Equal((2, 7), (operation.GetProperty("operation").GetInt32(), operation.GetProperty("tag").GetInt32()));
        Assert.Equal((1, World.Id(1).ToHex()), (operation.GetProperty("waits_for_rank").GetInt32(), operation.GetProperty("waits_for").GetString()));
        Assert.Equal(JsonValueKind.Null, member.GetProperty("operations")[1].GetProperty("waits_for").ValueKind);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(StatusPage.MaxByteCount, 1)]
    [InlineData(StatusPage.MaxByteCount + 1, 2)]
    [InlineData((3 * StatusPage.MaxByteCount) - 1, 3)]
    public void PagesPutTogetherAreTheDocument(int length, int pages)
    {
        var document = new byte[length];
        new Random(1).NextBytes(document);
        StatusPage[] cut = [.. StatusPages.Cut(document)];
        Assert.Equal(pages, cut.Length);
        Assert.Equal(document, cut.SelectMany(page => page.Bytes.ToArray()));
        Assert.Equal(0u, cut[^1].Remaining);
        Assert.All(cut[..^1], page => Assert.True(page.Remaining > 0));
    }

    private static CoordinatorSnapshot Take(World world) => CoordinatorSnapshots.Take(world.State, new Tally(), 0, world.Now);

    private static T Only<T>(World world, Func<GroupSnapshot, T> of) => of(Take(world).Groups.Single());
}
