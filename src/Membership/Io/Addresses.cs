using System.Net;
using System.Net.Sockets;

namespace Collectives.Membership.Io;

/// <summary>The two ends of a socket as addresses, IPv4 ones on a dual-stack socket as IPv4.</summary>
internal static class Addresses
{
    public static IPAddress? Local(Socket socket) => Plain(socket.LocalEndPoint);

    public static IPAddress? Remote(Socket socket) => Plain(socket.RemoteEndPoint);

    private static IPAddress? Plain(EndPoint? end) =>
        end is IPEndPoint { Address: var address } ? address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address : null;
}
