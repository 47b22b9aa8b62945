using System.Diagnostics;

namespace Collectives.Algorithms.Topology;

/// <summary>The moment at which a search has to be content with what it has.</summary>
internal readonly struct TimeBudget
{
    private readonly long _end;

    private TimeBudget(long end) => _end = end;

    public bool IsSpent => Stopwatch.GetTimestamp() >= _end;

    public static TimeBudget OfMilliseconds(int milliseconds) =>
        new(Stopwatch.GetTimestamp() + milliseconds * Stopwatch.Frequency / 1000);

    /// <summary>Ends when a part of what is left has passed.</summary>
    public TimeBudget Part(double fraction)
    {
        long now = Stopwatch.GetTimestamp();
        return new TimeBudget(now + (long)(Math.Max(0, _end - now) * fraction));
    }
}
