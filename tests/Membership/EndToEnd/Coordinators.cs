using Collectives.Membership.Server;
using Collectives.Transport;

namespace Collectives.Membership.Tests.EndToEnd;

internal static class Coordinators
{
    public static CoordinatorServer Start(string listen = "127.0.0.1:0", string token = "", int heartbeatMs = 0, Action<string>? log = null)
    {
        var settings = new CoordinatorSettings { Listen = listen, Token = token, HeartbeatMs = heartbeatMs, Log = log };
        Fault fault = CoordinatorServer.Start(settings, out CoordinatorServer? server);
        Assert.True(fault.IsNone, fault.Message);
        return server!;
    }
}
