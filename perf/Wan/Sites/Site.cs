using System.Globalization;
using Collectives.Perf.Wan.Emulation;

namespace Collectives.Perf.Wan.Sites;

/// <summary>A place on the emulated earth: a network namespace whose only way out is the emulator.</summary>
internal sealed class Site : IDisposable
{
    private readonly NetworkNamespace _network;
    private readonly Tun _tun;

    private Site(string name, int number, NetworkNamespace network, Tun tun)
    {
        Name = name;
        Number = number;
        _network = network;
        _tun = tun;
        Port = new Port(number, tun.Descriptor);
    }

    public string Name { get; }

    public int Number { get; }

    public Port Port { get; }

    public string Device => _tun.Name;

    public string NamespacePath => _network.Path;

    public string Address => $"198.18.{Number}.1";

    public string Address6 => $"fdc6:12:{Number:x}::1";

    public static Site Create(string name, int number, TcpProfile profile, string congestion)
    {
        NetworkNamespace network = NetworkNamespace.Create();
        Tun? tun = null;
        try
        {
            tun = Tun.Create($"wan{Environment.ProcessId % 100000}.{number}");
            Site site = new(name, number, network, tun);
            Command.Run("", "ip", "link", "set", tun.Name, "netns", site.NamespacePath);
            site.SetUp(profile, congestion);
            return site;
        }
        catch
        {
            tun?.Dispose();
            network.Dispose();
            throw;
        }
    }

    /// <summary>Packets that the device dropped since the emulator did not come to read them.</summary>
    public long DeviceDrops()
    {
        string line = _network.Run("", "cat", "/proc/net/dev").Split('\n').First(line => line.TrimStart().StartsWith($"{Device}:", StringComparison.Ordinal));
        string[] columns = line[(line.IndexOf(':') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        const int receivedDrops = 3, sentDrops = 11;
        return long.Parse(columns[receivedDrops], CultureInfo.InvariantCulture) + long.Parse(columns[sentDrops], CultureInfo.InvariantCulture);
    }

    public void SetTcp(TcpProfile profile) =>
        _network.Run(string.Concat(profile.Settings.Select(setting => $"echo {setting.Value} > /proc/sys/net/{setting.File} || exit 1\n")), "sh");

    public void SetCongestion(string congestion) => _network.Run($"""
        route replace 198.18.0.0/16 dev {Device} src {Address} congctl {congestion}
        route replace fdc6:12::/32 dev {Device} src {Address6} congctl {congestion}

        """, "ip", "-batch", "-");

    public void Dispose()
    {
        _tun.Dispose();
        _network.Dispose();
    }

    private void SetUp(TcpProfile profile, string congestion)
    {
        _network.Run($"""
            link set lo up
            link set {Device} mtu 1500 txqueuelen 5000
            address add {Address}/32 dev {Device}
            address add {Address6}/128 dev {Device} nodad
            link set {Device} up

            """, "ip", "-batch", "-");
        SetCongestion(congestion);
        SetTcp(profile);
    }
}
