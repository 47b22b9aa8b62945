using System.Globalization;

namespace Collectives.Simulation.Tests.Time;

/// <summary>What has happened, in order, one line each: written only when a run is repeated to be read.</summary>
internal sealed class Trace(Timeline timeline)
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public void Add(string line) =>
        _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{(timeline.NowUs - 1_000_000_000) / 1000.0,12:F3} ms  {line}"));
}
