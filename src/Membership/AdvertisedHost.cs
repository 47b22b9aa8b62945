using System.Net;
using System.Net.Sockets;

namespace Collectives.Membership;

/// <summary>
/// Which hosts a member can't be dialled at, whoever dials: told at once, they cost no deadline. Names are looked up by those who dial,
/// and may be known to them alone.
/// </summary>
public static class AdvertisedHost
{
    private const string Advice = "set advertise (COLLECTIVES_ADVERTISE) to the address that the other members reach this machine at, or "
        + "interface_name (COLLECTIVES_INTERFACE_NAME) to the interface that has it, or neither, which takes the address that the coordinator sees";

    /// <summary>What is wrong with a host, in words; empty if others may reach a member at it.</summary>
    public static string Problem(string host)
    {
        if (!IPAddress.TryParse(host, out IPAddress? address)) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        byte first = address.GetAddressBytes()[0];
        string problem = address.AddressFamily == AddressFamily.InterNetwork
            ? first switch
            {
                0 => "it stands for any address of a machine, to listen at",
                >= 224 and < 240 => "it is a multicast address",
                >= 240 => "it is a broadcast address, or a reserved one",
                _ => "",
            }
            : address.Equals(IPAddress.IPv6Any) ? "it stands for any address of a machine, to listen at"
            : address.IsIPv6Multicast ? "it is a multicast address"
            : address.IsIPv6LinkLocal ? "it is a link-local address, which means another interface on each machine"
            : "";
        return problem.Length == 0 ? "" : $"expected an address that the other members can dial, found {host}: {problem}; {Advice}";
    }

    /// <summary>The same for a member that comes from an observed address: nobody there reaches it at another machine's loopback address.</summary>
    public static string Problem(string host, string observed)
    {
        string problem = Problem(host);
        return problem.Length > 0 || !IsLoopback(host) || !IPAddress.TryParse(observed, out _) || IsLoopback(observed) ? problem
            : $"expected an address that the other members can dial, found {host}, which is each machine's own, while this member comes from {observed}; {Advice}";
    }

    /// <summary>127.0.0.0/8, ::1, and the names that mean them everywhere (RFC 6761).</summary>
    private static bool IsLoopback(string host) => IPAddress.TryParse(host, out IPAddress? address)
        ? IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)
        : host.TrimEnd('.').Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.TrimEnd('.').EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
}
