using System.Net;
using System.Net.Sockets;
using Collectives.Membership.Messages;
using Collectives.Membership.Server;
using Collectives.Membership.Session;
using Collectives.Transport;

namespace Collectives.Membership.Tests.EndToEnd;

/// <summary>Updates, losses and reconnection over real sockets.</summary>
public sealed class MembershipTests
{
    [Fact(Timeout = 60_000)]
    public async Task JoinUpdateLeaveAndDie()
    {
        using CoordinatorServer server = Coordinators.Start();
        string address = $"127.0.0.1:{server.Port}";
        using Member a = Member.Join(address, 2), b = Member.Join(address, 2);
        await Task.WhenAll(a.BecomeActive(), b.BecomeActive());

        using Member c = Member.Join(address, 1, host: "c.example");
        await a.Heard.Next<Listener.Pending>(pending => pending.Count == 1);
        a.Session.Update(1, 4);
        b.Session.Update(1, 4);
        Roster[] rosters = await Task.WhenAll(new[] { a, b, c }.Select(member => member.BecomeActive(roster => roster.Epoch == 2)));
        Assert.All(rosters, roster => Assert.Equal(rosters[0], roster));
        Assert.Equal("c.example", rosters[0][2].Host);
        Assert.Equal(4u, rosters[0].FirstOperation);

        b.Session.Leave();
        Loss[][] told = await Task.WhenAll(a.Settle(), c.Settle());
        Assert.All(told, losses => Assert.Equal((b.Id, LossReason.Left), (Assert.Single(losses).Member, losses[0].Reason)));
        c.Session.Dispose();
        Loss dead = Assert.Single(await a.Settle());
        Assert.Equal((c.Id, LossReason.Disconnected), (dead.Member, dead.Reason));

        // After losses an epoch is formed, though nobody waits; the next update has nothing to change.
        a.Session.Update(4, 9);
        Assert.Equal(1, (await a.BecomeActive(roster => roster.Epoch == 5)).World);
        a.Session.Update(5, 9);
        await a.Heard.Next<Activate>(activate => activate.Epoch == 5);
    }

    [Fact(Timeout = 60_000)]
    public async Task ASilentMemberIsLostAndASessionKeepsItsOwnHeartbeat()
    {
        using CoordinatorServer server = Coordinators.Start(heartbeatMs: 3000);
        using Member quick = Member.Join($"127.0.0.1:{server.Port}", 2);
        using var mute = RawSession.Open(server.Port, min: 2);
        Task<Roster> active = quick.BecomeActive();
        ControlMessage message = mute.Next();
        while (message is not Form) message = mute.Next();
        mute.Send(new Ready(1));
        await active;
        // From here on the raw session says nothing.
        Loss lost = Assert.Single(await quick.Settle());
        Assert.Equal((mute.Id, LossReason.Silent), (lost.Member, lost.Reason));
        Assert.True(quick.Session.IsAttached);
    }

    [Fact]
    public void AWrongTokenIsRefusedAtOnceAndARightOneIsNot()
    {
        using CoordinatorServer server = Coordinators.Start(token: "right");
        string address = $"127.0.0.1:{server.Port}";
        var member = new Member();
        Fault fault = CoordinatorSession.Start(member.Settings(address, 1, token: "wrong"), member.Heard, out CoordinatorSession? session);
        Assert.Null(session);
        Assert.Equal(Status.Refused, fault.Status);
        Assert.Contains("token", fault.Message);
        Assert.Contains(address, fault.Message);
        Member.Join(address, 1, token: "right").Dispose();
    }

    [Fact]
    public void WithoutACoordinatorTheDeadlineEndsTheStart()
    {
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)reserved.LocalEndPoint!).Port;
        var member = new Member();
        SessionSettings settings = member.Settings($"127.0.0.1:{port}", 1) with { DeadlineMs = 300 };
        Fault fault = CoordinatorSession.Start(settings, member.Heard, out _);
        Assert.Equal(Status.Coordinator, fault.Status);
        Assert.Contains("connection refused", fault.Message);
        Assert.Contains($"127.0.0.1:{port}", fault.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("::1:4000")]
    [InlineData("[::1:4000")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:70000")]
    [InlineData(":4000")]
    public void AddressesThatCannotBeDialedAreRefusedInWords(string coordinators)
    {
        var member = new Member();
        Fault fault = CoordinatorSession.Start(member.Settings(coordinators, 1), member.Heard, out _);
        Assert.Equal(Status.InvalidArgument, fault.Status);
        Assert.Contains($"\"{coordinators}\"", fault.Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task TheSecondCoordinatorOfTheListTakesOver()
    {
        using CoordinatorServer first = Coordinators.Start(), second = Coordinators.Start();
        string list = $"127.0.0.1:{first.Port},127.0.0.1:{second.Port}";
        Member[] members = [.. Enumerable.Range(0, 3).Select(_ => Member.Join(list, 3))];
        await Task.WhenAll(members.Select(member => member.BecomeActive()));
        first.Dispose();
        // Led again: what is pending is told to all that are there.
        await Task.WhenAll(members.Select(member => member.Heard.Next<Listener.Reconnected>()));
        await Task.WhenAll(members.Select(member => member.Heard.Next<Listener.Pending>()));

        // Two of three are a majority, which may go on; one of two is none, and waits.
        members[0].Session.Dispose();
        await Task.WhenAll(members[1].Settle(), members[2].Settle());
        members[1].Session.Dispose();
        Settle question = await members[2].Heard.Next<Settle>();
        members[2].Session.Settled(new Settled(question.Epoch, []));
        Listener.Disconnected sentOn = await members[2].Heard.Next<Listener.Disconnected>();
        Assert.Contains("only 1 of 2 members of epoch 2", sentOn.Fault.Message);
        members[2].Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task TheSecondCoordinatorOfTheListServesWhenTheFirstIsGone()
    {
        using CoordinatorServer first = Coordinators.Start(), second = Coordinators.Start();
        string list = $"127.0.0.1:{first.Port},127.0.0.1:{second.Port}";
        using Member a = Member.Join(list, 1);
        first.Dispose();
        await a.Heard.Next<Listener.Disconnected>();
        await a.Heard.Next<Listener.Reconnected>();
        Assert.True(a.Session.IsAttached || a.Session.MessagesSent > 0);
        await a.BecomeActive();
    }

    [Fact(Timeout = 60_000)]
    public async Task ACoordinatorThatIsStartedAnewLearnsOfTheEpochFromItsMembers()
    {
        CoordinatorServer server = Coordinators.Start();
        int port = server.Port;
        using Member a = Member.Join($"127.0.0.1:{port}", 2), b = Member.Join($"127.0.0.1:{port}", 2);
        await Task.WhenAll(a.BecomeActive(), b.BecomeActive());
        server.Dispose();
        using CoordinatorServer restarted = Coordinators.Start($"127.0.0.1:{port}");

        // It leads the epoch as if it always had.
        using Member c = Member.Join($"127.0.0.1:{port}", 1);
        await a.Heard.Next<Listener.Pending>(pending => pending.Count == 1);
        a.Session.Update(1, 4);
        b.Session.Update(1, 4);
        Roster[] next = await Task.WhenAll(new[] { a, b, c }.Select(member => member.BecomeActive(roster => roster.Epoch == 2)));
        Assert.Equal([a.Id, b.Id, c.Id], next[0].Members.Select(member => member.Id).OrderBy(id => id == c.Id ? 2 : id == b.Id ? 1 : 0));
        b.Session.Dispose();
        Assert.All(await Task.WhenAll(a.Settle(), c.Settle()), losses => Assert.Equal(b.Id, Assert.Single(losses).Member));
    }

    [Theory]
    [InlineData("[::1]:0", "[::1]", "::1")]
    [InlineData(":0", "[::1]", "::1")]
    [InlineData(":0", "127.0.0.1", "127.0.0.1")]
    [InlineData("localhost:0", "localhost", null)]
    public async Task BothFamiliesAreServed(string listen, string dial, string? seen)
    {
        using CoordinatorServer server = Coordinators.Start(listen);
        using Member member = Member.Join($"{dial}:{server.Port}", 1);
        Roster roster = await member.BecomeActive();
        if (seen is not null) Assert.Equal(seen, roster[0].Host);
        Assert.Equal(roster[0].Host, member.Session.LocalAddress!.ToString());
    }
}
