using System.Net;
using Collectives.Transport.Progress;
using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Conformance;

namespace Collectives.Transport.Tests.Tcp;

/// <summary>A member listens at the first free port of a range.</summary>
public sealed class PortRangeTests
{
    [Fact]
    public void TheFirstFreePortIsTakenAndNoneIsSaid()
    {
        int first = 21_000 + (Environment.ProcessId % 500 * 20);
        using ProgressLoop loop = NewLoop();
        using Postbox postbox = new();
        List<TcpNetwork> networks = [];
        Fault fault;
        while ((fault = Listen(loop, postbox, first, first + 3, out TcpNetwork? network)).IsNone)
        {
            Assert.Equal(first + networks.Count, network!.Port);
            networks.Add(network);
        }

        Assert.Equal(4, networks.Count);
        Assert.Equal(Status.System, fault.Status);
        Assert.Contains($"no port of {first}-{first + 3}", fault.Message);
        Assert.Contains("in use", fault.Message);
        networks[1].Dispose();
        Assert.True(Listen(loop, postbox, first, first + 3, out TcpNetwork? again).IsNone);
        Assert.Equal(first + 1, again!.Port);
        again.Dispose();
        foreach (TcpNetwork network in networks) network.Dispose();
    }

    private static Fault Listen(ProgressLoop loop, Postbox postbox, int first, int last, out TcpNetwork? network) => TcpNetwork.Create(
        loop, postbox, Pair.Id(1), 0, Member.Token, new IPEndPoint(IPAddress.Loopback, first), new LaneSettings(), out network, last);

    private static ProgressLoop NewLoop()
    {
        Fault fault = ProgressLoop.Create("test-progress", 20, out ProgressLoop? loop);
        Assert.True(fault.IsNone, fault.Message);
        return loop!;
    }
}
