using Collectives.Membership.Server;

namespace Collectives.Membership.Tests.EndToEnd;

/// <summary>First epochs over real sockets on the loopback.</summary>
public sealed class FormingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task SoManyMembersFormTheFirstEpoch(int world)
    {
        using CoordinatorServer server = Coordinators.Start();
        Member[] members = Enumerable.Range(0, world).Select(_ => Member.Join($"127.0.0.1:{server.Port}", world)).ToArray();
        Roster[] rosters = await Task.WhenAll(members.Select(member => member.BecomeActive()));

        Assert.All(rosters, roster => Assert.Equal(rosters[0], roster));
        Assert.Equal(1u, rosters[0].Epoch);
        Assert.Equal(0u, rosters[0].FirstOperation);
        Assert.Equal(members.Select(member => member.Id), rosters[0].Members.Select(place => place.Id));
        Assert.All(rosters[0].Members, place => Assert.Equal("127.0.0.1", place.Host));
        Assert.All(members, member => Assert.Equal("127.0.0.1", member.Session.LocalAddress!.ToString()));
        Assert.All(members, member => Assert.Equal(2, member.Session.MessagesSent));
        foreach (Member member in members) member.Dispose();
    }
}
