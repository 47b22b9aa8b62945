namespace Collectives.Algorithms.Topology;

/// <summary>What the planner aims at, and how long it may look.</summary>
public sealed record PlannerOptions
{
    /// <summary>Above this the exact search's table (4 bytes x P x 2^P) outgrows the caches.</summary>
    public const int MaxExactWorld = 16;

    /// <summary>Rings of fewer members leave a local search nothing to move.</summary>
    public const int MinExactWorld = 3;

    public static PlannerOptions Default { get; } = new();

    /// <summary>The size of operation to be fast at: it weighs bandwidth against latency.</summary>
    public double NominalBytes { get; init; } = 64 << 20;

    /// <summary>
    /// How long the search may take in worlds too large for an exact one. The result is the same every time as long
    /// as the search ends before.
    /// </summary>
    public int TimeLimitMs { get; init; } = 50;

    /// <summary>At most so many rings side by side; there are never more than P - 1.</summary>
    public int MostRings { get; init; } = 4;

    /// <summary>Up to this many members the ring is the best there is, not only a good one.</summary>
    public int ExactWorld { get; init; } = 12;

    internal void Check()
    {
        if (!double.IsFinite(NominalBytes) || NominalBytes <= 0)
            throw new ArgumentException($"{nameof(NominalBytes)} is {NominalBytes}.");
        ArgumentOutOfRangeException.ThrowIfNegative(TimeLimitMs);
        ArgumentOutOfRangeException.ThrowIfLessThan(MostRings, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ExactWorld, MinExactWorld);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ExactWorld, MaxExactWorld);
    }
}
