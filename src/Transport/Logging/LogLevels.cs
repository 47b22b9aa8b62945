namespace Collectives.Transport.Logging;

/// <summary>Levels as they stand in lines and in COLLECTIVES_LOG.</summary>
public static class LogLevels
{
    public const string Expected = "error, warning, info or debug";

    public static string Name(LogLevel level) => level switch
    {
        LogLevel.Error => "error",
        LogLevel.Warning => "warning",
        LogLevel.Info => "info",
        LogLevel.Debug => "debug",
        _ => "off",
    };

    /// <summary>Nothing, and "off", turn the log off.</summary>
    public static bool TryParse(string? text, out LogLevel level)
    {
        string wanted = text?.Trim() ?? "";
        level = LogLevel.Off;
        if (wanted.Length == 0) return true;
        foreach (LogLevel each in Enum.GetValues<LogLevel>())
        {
            if (!wanted.Equals(Name(each), StringComparison.OrdinalIgnoreCase)) continue;
            level = each;
            return true;
        }

        return false;
    }
}
