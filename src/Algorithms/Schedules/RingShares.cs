namespace Collectives.Algorithms.Schedules;

/// <summary>
/// How a buffer is divided among several rings, in proportion to what each of them carries. It follows from what all members agree
/// on, so that all divide alike.
/// </summary>
public static class RingShares
{
    /// <summary>Of smaller buffers, the rings' parts would cost more in messages than they gain: the first ring takes it all.</summary>
    public const long MinBytes = 4 << 20;

    /// <summary>Parts begin at multiples of this, so that they are as well aligned as the buffer.</summary>
    private const long Grain = 1024;

    /// <summary>The element that a ring's part ends before, and the next one's begins with.</summary>
    /// <param name="sharesUpTo">Of the rings up to and with this one.</param>
    /// <param name="sharesInAll">Of all rings.</param>
    public static long End(long elements, long sharesUpTo, long sharesInAll)
    {
        if (sharesUpTo == sharesInAll) return elements;
        long end = (long)((Int128)elements * sharesUpTo / sharesInAll);
        return end / Grain * Grain;
    }
}
