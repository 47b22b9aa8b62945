using System.Net;
using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Conformance;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Faults;

/// <summary>Two members whose link goes through a proxy, which the other end does not go round. Each end throws second copies away, as operations do.</summary>
internal sealed class Proxied : IDisposable
{
    public Proxied(LaneSettings lanes, Func<int, Cut?> planOf, IPAddress? address = null)
    {
        address ??= IPAddress.Loopback;
        lanes = lanes with { OtherEndMs = int.MaxValue };
        Member second = Member.OverTcp(Pair.Id(2), lanes, address);
        Proxy = new CuttingProxy(address, second.Network.Port, planOf);
        Pair = Pair.OverTcp(lanes, Proxy.Port, address, second);
        foreach (Member member in new[] { Pair.First, Pair.Second })
        {
            Postbox postbox = member.Postbox;
            postbox.SizeOf = number => 1 + Letters.SizeOf(number);
            postbox.OnPlace = (_, header) => postbox.Arrived.ContainsKey(header.Operation) ? Placement.Discard : null;
        }
    }

    public CuttingProxy Proxy { get; }

    public Pair Pair { get; }

    public void Dispose()
    {
        Pair.Dispose();
        Proxy.Dispose();
    }
}
