using System.Globalization;

namespace Collectives.Transport;

/// <summary>"HOST:PORT" and "[IPV6]:PORT" as people write them; ":PORT" has an empty host.</summary>
public static class HostPort
{
    public static string Join(string host, int port) =>
        host.Contains(':') ? $"[{host}]:{port}" : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");

    /// <summary>Takes an address apart; what is wrong with it stands in <paramref name="problem"/>.</summary>
    public static bool TryParse(string text, out string host, out int port, out string problem)
    {
        (host, port, problem) = ("", 0, "");
        string trimmed = text.Trim();
        int colon = trimmed.LastIndexOf(':');
        if (colon < 0 || trimmed.EndsWith(']'))
            return Fail(text, "the port is missing", out problem);
        if (!ushort.TryParse(trimmed.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort number))
            return Fail(text, $"the port \"{trimmed[(colon + 1)..]}\" is not a number from 0 to 65535", out problem);

        string left = trimmed[..colon];
        if (left.StartsWith('['))
        {
            if (!left.EndsWith(']')) return Fail(text, "the closing bracket is missing", out problem);
            left = left[1..^1];
        }
        else if (left.Contains(':'))
        {
            return Fail(text, "an IPv6 address stands in brackets", out problem);
        }

        (host, port) = (left, number);
        return true;
    }

    /// <summary>Whether the address names a port, rather than leaving the choice of a free one open.</summary>
    public static bool HasPort(string text) => TryParse(text, out _, out int port, out _) && port != 0;

    private static bool Fail(string text, string why, out string problem)
    {
        problem = $"expected HOST:PORT or [IPV6]:PORT, found \"{text}\": {why}";
        return false;
    }
}
