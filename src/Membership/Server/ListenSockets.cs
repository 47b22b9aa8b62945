using System.Net;
using System.Net.Sockets;
using Collectives.Transport;

namespace Collectives.Membership.Server;

/// <summary>Opens the sockets that a listen address stands for: one per address, all on the same port.</summary>
internal static class ListenSockets
{
    private const int Backlog = 1024;
    private const int SolSocket = 1, SoReuseAddress = 2;

    public static Fault Open(string listen, out List<Socket> sockets)
    {
        sockets = [];
        if (!HostPort.TryParse(listen, out string host, out int port, out string problem))
            return new Fault(Status.InvalidArgument, "listen: " + problem);
        try
        {
            foreach (IPAddress address in Resolve(host))
            {
                Socket socket = OpenOne(address, port);
                sockets.Add(socket);
                port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            }

            return Fault.None;
        }
        catch (SocketException failed)
        {
            foreach (Socket socket in sockets) socket.Dispose();
            sockets.Clear();
            return failed.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain
                ? new Fault(Status.InvalidArgument, $"listen: the name \"{host}\" cannot be resolved: {failed.Message}")
                : new Fault(Status.System, $"cannot listen on {HostPort.Join(host, port)}: {failed.Message}");
        }
    }

    private static IPAddress[] Resolve(string host)
    {
        if (host.Length == 0) return [Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any];
        return IPAddress.TryParse(host, out IPAddress? address) ? [address] : Dns.GetHostAddresses(host).Distinct().ToArray();
    }

    private static Socket OpenOne(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            // On a name's two addresses each socket keeps to its family; the address of all families takes both.
            if (address.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = address.Equals(IPAddress.IPv6Any);
            // Past connections that linger do not keep a restarted coordinator from its port. SO_REUSEADDR alone: the
            // framework's ReuseAddress sets SO_REUSEPORT too, and lets a second coordinator share a living one's port.
            socket.SetRawSocketOption(SolSocket, SoReuseAddress, BitConverter.GetBytes(1));
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }
}
