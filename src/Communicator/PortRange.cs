using System.Globalization;

namespace Collectives.Communication;

/// <summary>Ports that a member may listen at for lanes: those that a firewall lets in, or a router passes on.</summary>
internal readonly record struct PortRange(int First, int Last)
{
    public const string Expected = "\"FIRST-LAST\" or one port, from 1 to 65535 (\"30000-30100\")";

    public bool Has(int port) => port >= First && port <= Last;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    public static bool TryParse(string text, out PortRange range)
    {
        string[] ends = text.Split('-', StringSplitOptions.TrimEntries);
        range = default;
        if (ends.Length > 2 || !TryParsePort(ends[0], out int first) || !TryParsePort(ends[^1], out int last) || first > last) return false;
        range = new PortRange(first, last);
        return true;
    }

    private static bool TryParsePort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;
}
