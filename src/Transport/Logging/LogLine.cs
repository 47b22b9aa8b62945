using System.Globalization;
using System.Text;

namespace Collectives.Transport.Logging;

/// <summary>
/// "time=2026-11-25T17:03:12.345Z level=warning event=member_lost epoch=3 rank=2 text="it was silent"": values with
/// anything but letters, digits and a little punctuation stand in quotes, with \" \\ \n escaped.
/// </summary>
public sealed class LogLine
{
    private readonly StringBuilder _text = new(160);
    private readonly LogLevel _level;

    internal LogLine(LogLevel level, string name)
    {
        _level = level;
        _text.Append("time=").Append(DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        _text.Append(" level=").Append(LogLevels.Name(level)).Append(" event=").Append(name);
    }

    public LogLine Add(string key, long value) => Key(key, value.ToString(CultureInfo.InvariantCulture));

    public LogLine Add(string key, ulong value) => Key(key, value.ToString(CultureInfo.InvariantCulture));

    public LogLine Add(string key, double value) => Key(key, value.ToString("0.######", CultureInfo.InvariantCulture));

    public LogLine Add(string key, MemberId value) => Key(key, value.ToString());

    /// <summary>Nothing is added for a null.</summary>
    public LogLine Add(string key, string? value)
    {
        if (value is null) return this;
        if (value.Length > 0 && value.All(IsPlain)) return Key(key, value);
        _text.Append(' ').Append(key).Append("=\"");
        foreach (char one in value)
        {
            if (one is '"' or '\\') _text.Append('\\').Append(one);
            else if (one == '\n') _text.Append("\\n");
            else _text.Append(char.IsControl(one) ? ' ' : one);
        }

        _text.Append('"');
        return this;
    }

    public void Write() => Log.Deliver(_level, ToString());

    public override string ToString() => _text.ToString();

    private LogLine Key(string key, string value)
    {
        _text.Append(' ').Append(key).Append('=').Append(value);
        return this;
    }

    private static bool IsPlain(char one) => char.IsAsciiLetterOrDigit(one) || one is '.' or ':' or '-' or '_' or '/' or '[' or ']' or '+';
}
