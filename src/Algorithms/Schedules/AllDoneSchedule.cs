using System.Numerics;

namespace Collectives.Algorithms.Schedules;

/// <summary>
/// Who tells whom that it holds the whole result, so that each member knows it of all before it returns.
/// Small worlds tell each other directly, in one hop. Larger ones, and those of which members share processors, use the
/// dissemination barrier (Hensgen, Finkel, Manber 1988, "Two algorithms for barrier synchronization", section 3): in round k a
/// member that is complete and has heard rounds 0 to k-1 tells the member 2^k ranks on.
///
/// Cost per member: P-1 frames and one hop directly; ceil(log2 P) of both otherwise.
/// </summary>
/// <param name="isSparing">Fewer frames rather than fewer hops, in small worlds too.</param>
public readonly struct AllDoneSchedule(int rank, int world, bool isSparing = false)
{
    public const int DirectWorld = 8;

    public bool IsDirect => world <= DirectWorld && !isSparing;

    public int Rounds => world == 1 ? 0 : IsDirect ? world - 1 : BitOperations.Log2((uint)(world - 1)) + 1;

    /// <summary>The member told in that round.</summary>
    public int Target(int round) => (rank + Stride(round)) % world;

    /// <summary>The member heard from in that round.</summary>
    public int Source(int round) => (rank - Stride(round) + world) % world;

    /// <summary>How many rounds may be sent once rounds 0 to heard-1 (all consecutive) have been heard.</summary>
    public int Sendable(int heard) => IsDirect ? Rounds : Math.Min(heard + 1, Rounds);

    private int Stride(int round) => IsDirect ? round + 1 : 1 << round;
}
