namespace Collectives.Algorithms.Topology;

/// <summary>Finds a ring of little latency over links of enough bandwidth.</summary>
internal interface IRingFinder
{
    /// <summary>
    /// Writes the ring with the least sum of latencies (or a good one, if the finder isn't exact) of those that use
    /// only free links with at most that passage. False if there is none or none was found.
    /// </summary>
    bool Find(double mostPassage, Span<int> ring);

    /// <summary>Whether looking further is worth it: without time a finder only says what it knows.</summary>
    bool HasTime { get; }
}
