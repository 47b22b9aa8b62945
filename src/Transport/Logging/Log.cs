using System.Runtime.CompilerServices;

namespace Collectives.Transport.Logging;

/// <summary>
/// The process's log: one line per event, to standard error if COLLECTIVES_LOG names a level, to a listener if the
/// program sets one, and else to nobody. While nobody listens an event costs one comparison:
/// <code>Log.At(LogLevel.Info, "link_up")?.Add("peer", id).Write();</code>
/// evaluates nothing behind the question mark.
/// </summary>
public static class Log
{
    public const string Variable = "COLLECTIVES_LOG";

    private static readonly Lock s_changing = new();
    private static volatile LogDelivery? s_delivery;
    private static volatile LogLevel s_level;

    // A static constructor, and not a field initializer, runs before the first look at the level.
    static Log() => UseEnvironment();

    public static bool IsOn(LogLevel level) => level <= s_level;

    /// <summary>A line to fill in and write; null if nobody would read it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LogLine? At(LogLevel level, string name) => level <= s_level ? new LogLine(level, name) : null;

    /// <summary>
    /// Lines up to that level go to the listener from now on, on a thread of the log's own. Null gives them back to
    /// what COLLECTIVES_LOG says. The former listener is not called any more once this returns.
    /// </summary>
    public static void Listen(Action<LogLevel, string>? listener, LogLevel level)
    {
        LogDelivery? former;
        lock (s_changing)
        {
            former = s_delivery;
            s_level = LogLevel.Off;
            s_delivery = null;
            if (listener is null) UseEnvironment();
            else Use(listener, level);
        }

        former?.Close();
    }

    /// <summary>Waits until what was written before has been read, for a bounded time.</summary>
    public static void Flush(int timeoutMs) => s_delivery?.Flush(timeoutMs);

    internal static void Deliver(LogLevel level, string line) => s_delivery?.Enqueue(level, line);

    private static void UseEnvironment()
    {
        if (LogLevels.TryParse(Environment.GetEnvironmentVariable(Variable), out LogLevel level) && level != LogLevel.Off)
            Use(StandardError.Write, level);
    }

    private static void Use(Action<LogLevel, string> listener, LogLevel level)
    {
        if (level <= LogLevel.Off) return;
        s_delivery = new LogDelivery(listener);
        s_level = level;
    }
}
