namespace Collectives.Perf.Wan.Emulation;

/// <summary>
/// Loses each segment with the same probability, independently: counts down a geometric number of segments to the next
/// loss instead of throwing a die for each one.
/// </summary>
internal sealed class LossCounter(int seed)
{
    private readonly Random _random = new(seed);
    private double _probability = -1;
    private long _untilLoss;

    /// <summary>How many of the next segments get through before one is lost, at most <paramref name="segments"/>.</summary>
    public int Survivors(int segments, double probability)
    {
        if (probability <= 0) return segments;
        if (probability != _probability)
        {
            _probability = probability;
            _untilLoss = Draw();
        }
        if (_untilLoss >= segments)
        {
            _untilLoss -= segments;
            return segments;
        }
        int survivors = (int)_untilLoss;
        _untilLoss = Draw();
        return survivors;
    }

    // Inverse of the geometric distribution: floor(ln u / ln(1 - p)).
    private long Draw() => _probability >= 1 ? 0 : (long)Math.Min(1e15, Math.Log(1 - _random.NextDouble()) / Math.Log(1 - _probability));
}
