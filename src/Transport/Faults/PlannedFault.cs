using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Collectives.Transport.Faults;

/// <summary>
/// "kill b reduce 10 3": an action, the label of the member that it happens to, the point, the number of the operation within
/// its lineage (* for any, or where there is none), and how often such a moment has come before.
/// </summary>
internal sealed class PlannedFault
{
    private ulong? _operation;
    private long _comesAt;
    private long _came;

    private PlannedFault(FaultAction action, string member, FaultPoint point)
    {
        Action = action;
        Member = member;
        Point = point;
    }

    public FaultAction Action { get; }
    public string Member { get; }
    public FaultPoint Point { get; }

    public static bool TryParse(string text, [NotNullWhen(true)] out PlannedFault? fault)
    {
        fault = null;
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != 5 || !TryName(words[0], out FaultAction action) || !TryName(words[2], out FaultPoint point)) return false;
        ulong? operation = null;
        if (words[3] != "*")
        {
            if (!ulong.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)) return false;
            operation = number;
        }

        if (!uint.TryParse(words[4], NumberStyles.None, CultureInfo.InvariantCulture, out uint comesAt)) return false;
        // Only what travels in frames can be corrupted.
        if (action == FaultAction.Corrupt && point is not (FaultPoint.Reduce or FaultPoint.Result or FaultPoint.Done)) return false;
        fault = new PlannedFault(action, words[1], point) { _operation = operation, _comesAt = comesAt };
        return true;
    }

    /// <summary>Whether its moment is this one, of all that are like it. Communicators of one process may ask at once.</summary>
    public bool ComesNow(FaultPoint point, ulong operation) =>
        point == Point && (_operation is not { } only || only == operation) && Interlocked.Increment(ref _came) - 1 == _comesAt;

    private static bool TryName<T>(string word, out T value)
        where T : struct, Enum => Enum.TryParse(word, ignoreCase: true, out value) && char.IsAsciiLetter(word[0]) && Enum.IsDefined(value);
}
