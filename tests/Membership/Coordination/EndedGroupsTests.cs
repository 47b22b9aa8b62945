using Collectives.Membership.Coordination;
using Collectives.Membership.Messages;

namespace Collectives.Membership.Tests.Coordination;

public sealed class EndedGroupsTests
{
    [Fact]
    public void TheGroupsThatEndedLastAreRemembered()
    {
        var ended = new EndedGroups();
        for (uint group = 0; group <= EndedGroups.MaxRemembered; group++) ended.Add(group, new Recalled(new Roster(group, [], 0), 0, false, null));
        Assert.Null(ended.Take(0));
        Assert.Equal(1u, ended.Take(1)!.Roster.Epoch);
        Assert.Null(ended.Take(1));
    }
}
