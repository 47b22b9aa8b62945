using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Collectives.Membership.Messages;
using Collectives.Membership.Observation;
using Collectives.Membership.Server;
using Collectives.Transport;
using Collectives.Transport.Handshake;

namespace Collectives.Membership.Tests.EndToEnd;

/// <summary>Looks at a coordinator over its port, by those who know the token and those who do not.</summary>
public sealed class StatusTests
{
    private const int TimeoutMs = 20_000;

    [Fact]
    public void WhoKnowsTheTokenSeesTheGroups()
    {
        using CoordinatorServer server = Coordinators.Start(token: "secret");
        using Member member = Member.Join($"127.0.0.1:{server.Port}", minMembers: 2, group: 3, token: "secret", host: "10.1.2.3");
        JsonElement group = Fetch(server, "secret").GetProperty("groups")[0];
        Assert.Equal((3, 2), (group.GetProperty("group").GetInt32(), group.GetProperty("needed").GetInt32()));
        JsonElement only = group.GetProperty("members")[0];
        Assert.Equal((member.Id.ToHex(), "pending", "10.1.2.3:4000"),
            (only.GetProperty("member").GetString(), only.GetProperty("standing").GetString(), only.GetProperty("address").GetString()));
    }

    [Fact]
    public void WhoDoesNotIsRefused()
    {
        using CoordinatorServer server = Coordinators.Start(token: "secret");
        Fault fault = StatusClient.Fetch($"127.0.0.1:{server.Port}", "guess", TimeoutMs, out byte[] document);
        Assert.Equal(Status.Refused, fault.Status);
        Assert.Contains("token", fault.Message);
        Assert.Empty(document);
    }

    [Fact]
    public void ALookIsNoSessionAndLeavesNothingBehind()
    {
        using CoordinatorServer server = Coordinators.Start();
        for (int i = 0; i < 100; i++) Assert.Equal(0, Fetch(server, "").GetProperty("sessions").GetInt32());
    }

    [Fact]
    public void WhoLooksAndDoesNotLeaveKeepsNoMemberOut()
    {
        using CoordinatorServer server = Coordinators.Start();
        List<RawSession> looking = [.. Enumerable.Range(0, 4).Select(_ => RawSession.Connect(server.Port))];
        foreach (RawSession one in looking) Assert.Equal(RefusalCode.None, one.ShakeHands(Hello.ToStatus()));
        using (RawSession another = RawSession.Connect(server.Port)) Assert.Equal(RefusalCode.TryAgain, another.ShakeHands(Hello.ToStatus()));
        using (RawSession member = RawSession.Open(server.Port, min: 1)) Assert.IsType<Registered>(member.Next());
        foreach (RawSession one in looking)
        {
            Assert.IsType<StatusPage>(one.Next());
            one.ExpectClosed();
            one.Dispose();
        }

        // Once their ends have been seen there is room again.
        RefusalCode refusal;
        do
        {
            using RawSession later = RawSession.Connect(server.Port);
            refusal = later.ShakeHands(Hello.ToStatus());
        }
        while (refusal == RefusalCode.TryAgain);
        Assert.Equal(RefusalCode.None, refusal);
    }

    [Fact]
    public void NobodyThereIsAnError()
    {
        int port;
        using (CoordinatorServer server = Coordinators.Start()) port = server.Port;
        Fault fault = StatusClient.Fetch($"127.0.0.1:{port}", "", TimeoutMs, out _);
        Assert.Equal(Status.Coordinator, fault.Status);
        Assert.Equal(Status.InvalidArgument, StatusClient.Fetch("nowhere", "", TimeoutMs, out _).Status);
        Assert.Equal(Status.InvalidArgument, StatusClient.Fetch(":5", "", TimeoutMs, out _).Status);
    }

    [Fact]
    public void ReportsThatAreTooLongEndTheSessionOfWhoSendsThem()
    {
        using CoordinatorServer server = Coordinators.Start();
        using RawSession honest = RawSession.Open(server.Port, min: 9);
        Assert.IsType<Registered>(honest.Next());
        using RawSession liar = RawSession.Open(server.Port, min: 9);
        Assert.IsType<Registered>(liar.Next());
        // Counts of links that are not there.
        liar.Socket.Send([8, 0, 0, 0, (byte)MessageKind.Report, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0]);
        liar.ExpectClosed();
        honest.Send(Heartbeat.Instance);
        honest.Send(new Report([new LinkReport(honest.Id, 1, 2, 3, 4, 5, "x\"}\\")], []));
        JsonElement member;
        do member = Fetch(server, "").GetProperty("groups")[0].GetProperty("members")[0];
        while (member.GetProperty("links").GetArrayLength() == 0);
        Assert.Equal("x\"}\\", member.GetProperty("links")[0].GetProperty("congestion_control").GetString());
    }

    [Theory]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "200")]
    [InlineData("GET /metrics?name=x HTTP/1.0\r\n\r\n", "200")]
    [InlineData("HEAD /metrics HTTP/1.1\r\n\r\n", "200")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "404")]
    [InlineData("GET /metrics/../secret HTTP/1.1\r\n\r\n", "404")]
    [InlineData("POST /metrics HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", "405")]
    [InlineData("hello\r\n\r\n", "400")]
    [InlineData("GET  HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /metrics SMTP\r\n\r\n", "400")]
    [InlineData("\r\n\r\n", "400")]
    public void RequestsAreAnsweredAndTheConnectionClosed(string request, string status)
    {
        using CoordinatorServer server = WithMetrics();
        string answer = Ask(server, Encoding.ASCII.GetBytes(request));
        Assert.StartsWith($"HTTP/1.1 {status} ", answer);
        Assert.Contains("\r\nConnection: close\r\n", answer);
        Assert.Equal(request.StartsWith("GET", StringComparison.Ordinal) && status == "200", answer.Contains("\ncollectives_sessions 0\n"));
    }

    [Fact]
    public void AHeadWithoutEndIsCutOff()
    {
        using CoordinatorServer server = WithMetrics();
        var head = new byte[HttpRequestHead.MaxByteCount];
        Array.Fill(head, (byte)'x');
        Assert.StartsWith("HTTP/1.1 431 ", Ask(server, head));
    }

    [Fact]
    public void IdleConnectionsKeepNobodyOut()
    {
        using CoordinatorServer server = WithMetrics();
        List<Socket> idle = [.. Enumerable.Range(0, 200).Select(_ => Connect(server))];
        Assert.StartsWith("HTTP/1.1 200 ", Ask(server, "GET /metrics HTTP/1.1\r\n\r\n"u8));
        foreach (Socket one in idle) one.Dispose();
    }

    [Fact]
    public void AnAddressInUseIsAnErrorAndTheCoordinatorIsGone()
    {
        using CoordinatorServer first = WithMetrics();
        var settings = new CoordinatorSettings { Metrics = $"127.0.0.1:{first.MetricsPort}" };
        Fault fault = CoordinatorServer.Start(settings, out CoordinatorServer? second);
        Assert.Equal(Status.System, fault.Status);
        Assert.StartsWith("metrics: ", fault.Message);
        Assert.Null(second);
    }

    private static CoordinatorServer WithMetrics()
    {
        Fault fault = CoordinatorServer.Start(new CoordinatorSettings { Metrics = "127.0.0.1:0" }, out CoordinatorServer? server);
        Assert.True(fault.IsNone, fault.Message);
        return server!;
    }

    private static Socket Connect(CoordinatorServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = TimeoutMs };
        socket.Connect(IPAddress.Loopback, server.MetricsPort);
        return socket;
    }

    /// <summary>All that is answered until the connection is closed.</summary>
    private static string Ask(CoordinatorServer server, ReadOnlySpan<byte> request)
    {
        using Socket socket = Connect(server);
        socket.Send(request);
        var answer = new MemoryStream();
        var bytes = new byte[4096];
        for (int received; (received = socket.Receive(bytes)) > 0;) answer.Write(bytes, 0, received);
        return Encoding.UTF8.GetString(answer.ToArray());
    }

    private static JsonElement Fetch(CoordinatorServer server, string token)
    {
        Fault fault = StatusClient.Fetch($"127.0.0.1:{server.Port}", token, TimeoutMs, out byte[] document);
        Assert.True(fault.IsNone, fault.Message);
        return JsonDocument.Parse(document).RootElement;
    }
}
