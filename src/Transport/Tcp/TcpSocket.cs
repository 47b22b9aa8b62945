using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Collectives.Transport.Interop;

namespace Collectives.Transport.Tcp;

/// <summary>Non-blocking TCP sockets as descriptors: made, tuned, listened on.</summary>
internal static unsafe class TcpSocket
{
    private const int MaxAddress = 28;
    private static readonly Lazy<string> s_kernelDefault = new(ReadKernelDefault);

    private const int StreamFlags = Libc.SockStream | Libc.SockNonBlock | Libc.SockCloseOnExec;

    /// <summary>Starts connecting; the descriptor becomes writable when that has ended.</summary>
    public static Fault StartConnect(IPEndPoint target, LaneSettings settings, out int fd)
    {
        fd = Libc.Socket(Family(target), StreamFlags, 0);
        if (fd < 0) return SystemFault("socket");
        Tune(fd, settings);
        BeginCongestionControl(fd, settings.CongestionControl);
        byte* address = stackalloc byte[MaxAddress];
        uint length = Encode(target, address);
        if (Libc.Connect(fd, address, length) == 0 || Libc.Errno == Libc.ErrInProgress) return Fault.None;
        Fault fault = SystemFault($"connect to {target}");
        Libc.Close(fd);
        return fault;
    }

    /// <summary>How the connect ended: 0 or an errno.</summary>
    public static int ConnectError(int fd)
    {
        int error = 0;
        uint length = sizeof(int);
        return Libc.GetSocketOption(fd, Libc.SolSocket, Libc.SoError, &error, &length) < 0 ? Libc.Errno : error;
    }

    /// <summary>A listening socket; on the IPv6 wildcard it takes both families.</summary>
    public static Fault Listen(IPEndPoint local, LaneSettings settings, out int fd)
    {
        fd = Libc.Socket(Family(local), StreamFlags, 0);
        if (fd < 0) return SystemFault("socket");
        Libc.SetOption(fd, Libc.SolSocket, Libc.SoReuseAddress, 1);
        // Accepted sockets inherit it.
        BeginCongestionControl(fd, settings.CongestionControl);
        if (local.AddressFamily == AddressFamily.InterNetworkV6)
            Libc.SetOption(fd, Libc.IpProtoIpv6, Libc.Ipv6Only, local.Address.Equals(IPAddress.IPv6Any) ? 0 : 1);
        byte* address = stackalloc byte[MaxAddress];
        uint length = Encode(local, address);
        if (Libc.Bind(fd, address, length) == 0 && Libc.Listen(fd, 512) == 0) return Fault.None;
        Fault fault = SystemFault($"listen on {local}");
        Libc.Close(fd);
        return fault;
    }

    public static int Accept(int listener, LaneSettings settings)
    {
        int fd = Libc.Accept(listener, null, null, Libc.SockNonBlock | Libc.SockCloseOnExec);
        if (fd >= 0) Tune(fd, settings);
        return fd;
    }

    public static IPEndPoint LocalEndPoint(int fd)
    {
        byte* address = stackalloc byte[MaxAddress];
        uint length = MaxAddress;
        return Libc.GetSocketName(fd, address, &length) < 0 ? new IPEndPoint(IPAddress.None, 0) : Decode(address);
    }

    public static IPEndPoint RemoteEndPoint(int fd)
    {
        byte* address = stackalloc byte[MaxAddress];
        uint length = MaxAddress;
        return Libc.GetPeerName(fd, address, &length) < 0 ? new IPEndPoint(IPAddress.None, 0) : Decode(address);
    }

    /// <summary>
    /// Before a socket connects or listens: the congestion control that is asked for, else cubic. Pacing (bbr) is of
    /// no use between near peers, costs nearly half of the throughput on loopback, and stays on in a socket that
    /// has once had it, so sockets begin without it.
    /// </summary>
    public static void BeginCongestionControl(int fd, string? wanted) => SetCongestionControl(fd, wanted ?? "cubic", orElse: "reno");

    /// <summary>
    /// Once connected: far peers get the kernel's own choice of congestion control, unless one is asked for. Returns whether the peer is near.
    /// </summary>
    public static bool Settle(int fd, LaneSettings settings)
    {
        bool near = IsNear(fd, settings.NearMicroseconds);
        if (near) return true;
        if (settings.CongestionControl is null) SetCongestionControl(fd, s_kernelDefault.Value, orElse: null);
        return false;
    }

    /// <summary>The socket is writable when it holds less than that of what it may not send yet.</summary>
    public static void LimitUnsent(int fd, int bytes) => Libc.SetOption(fd, Libc.IpProtoTcp, Libc.TcpNotSentLowAt, bytes);

    /// <summary>
    /// Unprivileged processes may choose from tcp_allowed_congestion_control only, which need not have cubic but has
    /// reno; where neither can be set the socket keeps what it has.
    /// </summary>
    private static void SetCongestionControl(int fd, string name, string? orElse)
    {
        int result;
        fixed (byte* text = Encoding.ASCII.GetBytes(name))
            result = Libc.SetSocketOption(fd, Libc.IpProtoTcp, Libc.TcpCongestion, text, (uint)name.Length);
        if (result < 0 && orElse is not null) SetCongestionControl(fd, orElse, orElse: null);
    }

    /// <summary>The same machine, or a round trip as short as a rack's.</summary>
    private static bool IsNear(int fd, int nearUs) =>
        nearUs > 0 && (RemoteEndPoint(fd).Address.Equals(LocalEndPoint(fd).Address) || ShortestRoundTrip(fd) < nearUs);

    /// <summary>Of the handshake's round trips the shortest: on a busy machine the others tell of its processors.</summary>
    private static uint ShortestRoundTrip(int fd) => LeastRoundTripMicroseconds(fd) is var least and > 0 ? least : RoundTripMicroseconds(fd);

    public static string CongestionControl(int fd)
    {
        byte* text = stackalloc byte[17];
        uint length = 16;
        if (Libc.GetSocketOption(fd, Libc.IpProtoTcp, Libc.TcpCongestion, text, &length) < 0) return "?";
        text[length] = 0;
        return Marshal.PtrToStringUTF8((nint)text) ?? "?";
    }

    /// <summary>The kernel's smoothed round trip time (tcpi_rtt of struct tcp_info); uint.MaxValue where it does not say.</summary>
    public static uint RoundTripMicroseconds(int fd)
    {
        const int Offset = 68;
        byte* info = stackalloc byte[TcpInfoBytes];
        return KnowsInfo(fd, info, Offset + 4) ? *(uint*)(info + Offset) : uint.MaxValue;
    }

    /// <summary>tcpi_min_rtt, in microseconds: of the line, without the queue before it. 0 where the kernel does not say.</summary>
    public static uint LeastRoundTripMicroseconds(int fd)
    {
        const int Offset = 148;
        byte* info = stackalloc byte[TcpInfoBytes];
        return KnowsInfo(fd, info, Offset + 4) ? *(uint*)(info + Offset) : 0;
    }

    /// <summary>
    /// Bytes that have reached the peer's kernel: tcpi_delivered, in packets, times tcpi_snd_mss. What has arrived behind a
    /// gap counts as well, so that the count does not leap when the gap is filled. 0 where the kernel does not say.
    /// </summary>
    public static long DeliveredBytes(int fd)
    {
        const int MssOffset = 16, Offset = 192;
        byte* info = stackalloc byte[TcpInfoBytes];
        return KnowsInfo(fd, info, Offset + 4) ? (long)*(uint*)(info + Offset) * *(uint*)(info + MssOffset) : 0;
    }

    /// <summary>The start of struct tcp_info that is looked at; older kernels know less of it.</summary>
    private const int TcpInfoBytes = 196;

    private static bool KnowsInfo(int fd, byte* info, int bytes)
    {
        uint length = TcpInfoBytes;
        return Libc.GetSocketOption(fd, Libc.IpProtoTcp, Libc.TcpInfo, info, &length) >= 0 && length >= bytes;
    }

    private static void Tune(int fd, LaneSettings settings)
    {
        Libc.SetOption(fd, Libc.IpProtoTcp, Libc.TcpNoDelay, 1);
        Libc.SetOption(fd, Libc.SolSocket, Libc.SoKeepAlive, 1);
        Libc.SetOption(fd, Libc.IpProtoTcp, Libc.TcpKeepIdle, settings.KeepaliveSeconds);
        Libc.SetOption(fd, Libc.IpProtoTcp, Libc.TcpKeepInterval, Math.Max(1, settings.KeepaliveSeconds / 3));
        Libc.SetOption(fd, Libc.IpProtoTcp, Libc.TcpKeepCount, 3);
        Libc.SetOption(fd, Libc.IpProtoTcp, Libc.TcpUserTimeout, settings.UserTimeoutMs);
    }

    private static string ReadKernelDefault()
    {
        try
        {
            return File.ReadAllText("/proc/sys/net/ipv4/tcp_congestion_control").Trim();
        }
        catch (IOException)
        {
            return "cubic";
        }
    }

    private static int Family(IPEndPoint point) =>
        point.AddressFamily == AddressFamily.InterNetworkV6 ? Libc.AfInet6 : Libc.AfInet;

    /// <summary>struct sockaddr_in or sockaddr_in6; ports and addresses in network order.</summary>
    private static uint Encode(IPEndPoint point, byte* address)
    {
        SocketAddress encoded = point.Serialize();
        encoded.Buffer.Span[..encoded.Size].CopyTo(new Span<byte>(address, MaxAddress));
        return (uint)encoded.Size;
    }

    private static IPEndPoint Decode(byte* address)
    {
        bool six = *(ushort*)address == Libc.AfInet6;
        int port = (address[2] << 8) | address[3];
        IPAddress ip = six ? new IPAddress(new ReadOnlySpan<byte>(address + 8, 16), *(uint*)(address + 24))
            : new IPAddress(new ReadOnlySpan<byte>(address + 4, 4));
        return new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, port);
    }

    private static Fault SystemFault(string call) => new(Status.System, $"{call}: {Libc.ErrorText(Libc.Errno)}");
}
