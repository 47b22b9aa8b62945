using System.Globalization;

namespace Collectives.Perf.Wan.Commands;

/// <summary>Numbers with units: 1gbit, 250us, 0.1%, 6mb.</summary>
internal static class Quantity
{
    private static readonly (string Unit, double Factor)[] _rates = [("gbit", 1e9), ("mbit", 1e6), ("kbit", 1e3), ("bit", 1)];
    private static readonly (string Unit, double Factor)[] _times = [("ms", 1e6), ("us", 1e3), ("ns", 1), ("s", 1e9)];
    private static readonly (string Unit, double Factor)[] _sizes = [("gb", 1e9), ("mb", 1e6), ("kb", 1e3), ("b", 1)];

    /// <summary>Bits per second.</summary>
    public static double Rate(string text) => InRange(Parse(text, _rates, "a rate such as 500mbit"), 1e3, 1e12, text, "1kbit to 1000gbit");

    /// <summary>Nanoseconds.</summary>
    public static long Time(string text) => (long)InRange(Parse(text, _times, "a time such as 40ms"), 0, 60e9, text, "0s to 60s");

    /// <summary>Bytes.</summary>
    public static long Size(string text) => (long)InRange(Parse(text, _sizes, "a size such as 6mb"), 1, 1e12, text, "1b to 1000gb");

    /// <summary>0 to 1.</summary>
    public static double Share(string text) => InRange(text.EndsWith('%') ? Number(text[..^1], text, "a share such as 0.1%") / 100 : Number(text, text, "a share such as 0.1%"), 0, 1, text, "0% to 100%");

    private static double Parse(string text, (string Unit, double Factor)[] units, string expected)
    {
        foreach ((string unit, double factor) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)) return Number(text[..^unit.Length], text, expected) * factor;
        }
        throw new CommandException($"expected {expected}, found {text}");
    }

    private static double Number(string digits, string text, string expected) =>
        double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number
            : throw new CommandException($"expected {expected}, found {text}");

    private static double InRange(double value, double least, double most, string text, string range) =>
        value >= least && value <= most ? value : throw new CommandException($"expected {range}, found {text}");
}
