using System.Net;
using Collectives.Transport.Tests.Faults;

namespace Collectives.Communication.Tests.Support;

/// <summary>Members over TCP that reach each other through proxies, one in front of each member's port.</summary>
internal sealed class ProxiedWorld : IDisposable
{
    private readonly List<CuttingProxy> _proxies = [];
    private int _connections;

    /// <param name="planOf">The cut of a connection, by its number among all of them, from 0.</param>
    public ProxiedWorld(int size, int lanes, Func<int, Cut?> planOf)
    {
        World = new World(size, inProcess: false, lanes: lanes, reconnectMs: 60_000, reach: member =>
        {
            CuttingProxy proxy = new(IPAddress.Loopback, member.Network.Port, _ => planOf(Interlocked.Increment(ref _connections) - 1));
            _proxies.Add(proxy);
            return proxy.Port;
        });
    }

    public World World { get; }

    public int Connections => Volatile.Read(ref _connections);

    public int Cuts => _proxies.Sum(proxy => proxy.Cuts);

    public void Dispose()
    {
        World.Dispose();
        foreach (CuttingProxy proxy in _proxies) proxy.Dispose();
    }
}
