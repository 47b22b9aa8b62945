using System.Globalization;

namespace Collectives.Transport;

/// <summary>Times as they stand in documents: always six decimals, which every parser of ISO 8601 takes.</summary>
public static class UtcTime
{
    public static string Text(DateTime time) => time.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
}
