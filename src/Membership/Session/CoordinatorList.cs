using Collectives.Transport;

namespace Collectives.Membership.Session;

/// <summary>"HOST:PORT[,HOST:PORT...]", taken apart and checked before anything is dialed.</summary>
internal sealed class CoordinatorList
{
    private const int MaxEntries = 64;

    private CoordinatorList(string[] names, (string Host, int Port)[] addresses)
    {
        Names = names;
        Addresses = addresses;
    }

    public string[] Names { get; }

    public (string Host, int Port)[] Addresses { get; }

    public static CoordinatorList? Parse(string text, out string problem)
    {
        string[] names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        problem = names.Length is >= 1 and <= MaxEntries ? "" : $"expected 1 to {MaxEntries} addresses HOST:PORT[,HOST:PORT...], found \"{text}\"";
        if (problem.Length > 0) return null;
        var addresses = new (string Host, int Port)[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            if (!HostPort.TryParse(names[i], out string host, out int port, out problem)) return null;
            if (host.Length == 0 || port == 0)
            {
                problem = $"expected a host and a port above 0 to dial, found \"{names[i]}\"";
                return null;
            }

            addresses[i] = (host, port);
        }

        return new CoordinatorList(names, addresses);
    }
}
