using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Collectives.Membership;
using Collectives.Transport;

namespace Collectives.Communication;

/// <summary>Where a member listens for lanes, and what it tells the others to dial.</summary>
/// <param name="LastPort">The first free port from Listen's to this one is taken.</param>
/// <param name="AdvertisedHost">Empty: the address that the coordinator sees the member at.</param>
internal readonly record struct ListenAddress(IPEndPoint Listen, int LastPort, string AdvertisedHost)
{
    public static Fault Choose(CommunicatorSettings settings, out ListenAddress address)
    {
        address = new ListenAddress(Any(0), 0, "");
        Fault fault = settings.Advertise is { Length: > 0 } advertise ? FromAdvertise(advertise, out address)
            : settings.InterfaceName is { Length: > 0 } name ? FromInterface(name, out address)
            : Fault.None;
        return fault.IsNone && settings.PortRange is { Length: > 0 } range ? Within(range, ref address) : fault;
    }

    /// <summary>A port that is advertised is the one that the others dial: it has to be one of them.</summary>
    private static Fault Within(string text, ref ListenAddress address)
    {
        if (!PortRange.TryParse(text, out PortRange range))
            return new Fault(Status.InvalidArgument, $"config.port_range: expected {PortRange.Expected}, found \"{text}\"");
        int port = address.Listen.Port;
        if (port != 0 && !range.Has(port))
            return new Fault(Status.InvalidArgument, $"config.port_range: expected a range that has the port of config.advertise, {port}, found {range}");
        if (port == 0) address = address with { Listen = new IPEndPoint(address.Listen.Address, range.First), LastPort = range.Last };
        return Fault.None;
    }

    private static Fault FromAdvertise(string advertise, out ListenAddress address)
    {
        address = default;
        string host = advertise;
        int port = 0;
        bool bare = !advertise.Contains(':') || (IPAddress.TryParse(advertise, out IPAddress? whole) && whole.AddressFamily == AddressFamily.InterNetworkV6 && !advertise.StartsWith('['));
        if (!bare && !HostPort.TryParse(advertise, out host, out port, out string problem))
            return new Fault(Status.InvalidArgument, "config.advertise: " + problem);
        if (host.Length == 0)
            return new Fault(Status.InvalidArgument, $"config.advertise: expected an address that the others reach this member at, found \"{advertise}\"");
        if (Membership.AdvertisedHost.Problem(host) is { Length: > 0 } wrong) return new Fault(Status.InvalidArgument, "config.advertise: " + wrong);
        address = new ListenAddress(Any(port), port, host);
        return Fault.None;
    }

    private static Fault FromInterface(string name, out ListenAddress address)
    {
        address = default;
        NetworkInterface[] all = NetworkInterface.GetAllNetworkInterfaces();
        NetworkInterface? found = Array.Find(all, candidate => candidate.Name == name);
        if (found is null)
            return new Fault(Status.InvalidArgument, $"config.interface_name: expected one of {string.Join(", ", all.Select(each => each.Name))}, found \"{name}\"");
        IPAddress? chosen = found.GetIPProperties().UnicastAddresses.Select(each => each.Address)
            .Where(each => !each.IsIPv6LinkLocal).OrderBy(each => each.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).FirstOrDefault();
        if (chosen is null)
            return new Fault(Status.InvalidArgument, $"config.interface_name: expected an interface with an address, found that \"{name}\" has none");
        address = new ListenAddress(new IPEndPoint(chosen, 0), 0, chosen.ToString());
        return Fault.None;
    }

    private static IPEndPoint Any(int port) => new(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port);
}
