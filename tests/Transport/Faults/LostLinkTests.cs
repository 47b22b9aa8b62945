using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Conformance;

namespace Collectives.Transport.Tests.Faults;

/// <summary>A link that cannot be made again is reported at both ends; closed, it leaves nothing behind, and left open it may come back.</summary>
public sealed class LostLinkTests
{
    [Theory(Timeout = 120_000)]
    [InlineData(1)]
    [InlineData(4)]
    public Task APeerThatHangsWhileItIsDialledAgainIsLostWithAllItsConnections(int lanes) => Task.Run(() =>
    {
        // A handshake may take far longer than the link may be down: the dials are still in progress when it is lost.
        LaneSettings settings = new() { LanesPerLink = lanes, ReconnectMs = 300, HandshakeMs = 100_000 };
        using Proxied link = new(settings, _ => new Cut(FromDialer: true, CutPlace.BetweenFrames, Number: 1));
        Pair pair = link.Pair.UntilUp();
        link.Proxy.IsSilent = true;
        pair.First.OnLoop(() => pair.First.Postbox.Send(pair.ToSecond, 0, 500));
        foreach (Member member in new[] { pair.First, pair.Second })
        {
            member.Until(() => member.Postbox.Lost.Count > 0, "the link is lost");
            Assert.Contains("has been down for", member.OnLoop(() => Assert.Single(member.Postbox.Lost).Fault.Message));
            Assert.Equal(0, member.OnLoop(() => member.Network.Counters.OpenLanes));
        }

        IReadOnlyList<Passage> hanging = [.. link.Proxy.Passages.Skip(lanes)];
        pair.First.OnLoop(() => pair.First.Network.Close(pair.ToSecond));
        pair.Second.OnLoop(() => pair.Second.Network.Close(pair.ToFirst));
        Assert.False(pair.First.OnLoop(() => pair.ToSecond.IsUp));
        foreach (Member member in new[] { pair.First, pair.Second }) member.CheckBooks();
        Assert.Equal(lanes, hanging.Count);
        Assert.True(SpinWait.SpinUntil(() => hanging.All(passage => passage.HasEnded), TimeSpan.FromSeconds(20)), "the link is gone and is still being dialled");

        // The members can have a link again, and closing the lost one does not touch it.
        link.Proxy.IsSilent = false;
        ILink again = pair.Second.Open(pair.First);
        Assert.NotSame(pair.ToFirst, again);
        pair.Second.OnLoop(() => pair.Second.Network.Close(pair.ToFirst));
        Assert.Same(again, pair.Second.Open(pair.First));
        pair.First.Open(pair.Second, link.Proxy.Port);
        pair.First.Until(() => pair.First.Postbox.Ups == 2, "the link is made anew");
    });

    [Fact(Timeout = 120_000)]
    public Task ALinkThatWasDownForLongComesBackWithAllThatWaited() => Task.Run(() =>
    {
        LaneSettings settings = new() { LanesPerLink = 2, ReconnectMs = 200, HandshakeMs = 300 };
        using Proxied link = new(settings, passage => passage < 2 ? new Cut(FromDialer: true, CutPlace.BetweenFrames, Number: 1) : null);
        Pair pair = link.Pair.UntilUp();
        link.Proxy.IsSilent = true;
        pair.First.OnLoop(() => pair.First.Postbox.Send(pair.ToSecond, 0, 500));
        foreach (Member member in new[] { pair.First, pair.Second }) member.Until(() => member.Postbox.Lost.Count == 1, "the link is lost");
        link.Proxy.IsSilent = false;
        foreach (Member member in new[] { pair.First, pair.Second }) member.Until(() => member.Postbox.Ups == 2, "the link is back");
        pair.Second.Until(() => pair.Second.Postbox.Arrived.Count == 500, "all arrives");
        foreach (Member member in new[] { pair.First, pair.Second }) member.CheckBooks();
    });

    [Fact(Timeout = 120_000)]
    public Task ALinkClosedWhileItIsDialledIsNotMade() => Task.Run(() =>
    {
        using Proxied link = new(new LaneSettings { LanesPerLink = 2, HandshakeMs = 100_000 }, _ => null);
        Pair pair = link.Pair.UntilUp();
        link.Proxy.IsSilent = true;
        pair.First.OnLoop(() => pair.First.Network.Close(pair.ToSecond));
        pair.First.Open(pair.Second, link.Proxy.Port);
        Assert.True(SpinWait.SpinUntil(() => link.Proxy.Passages.Count == 4, TimeSpan.FromSeconds(20)), "the link is not dialled");
        pair.First.OnLoop(() => pair.First.Network.Close(pair.First.Network.Open(pair.Second.Id, "127.0.0.1", 1)));
        Assert.True(SpinWait.SpinUntil(() => link.Proxy.Passages.All(passage => passage.HasEnded), TimeSpan.FromSeconds(20)), "a closed link is still being dialled");
    });
}
