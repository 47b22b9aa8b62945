using Collectives.Algorithms.Schedules;
using Collectives.Transport.Handshake;

namespace Collectives.Communication;

/// <summary>How many scratch blocks there may be: those for sums in flight, and a reserve for what is being received.</summary>
/// <param name="MostLanes">That a link whose lanes the library chooses may have.</param>
internal readonly record struct ScratchBudget(int Blocks, int Reserve, int MostLanes)
{
    private const ulong DefaultBytes = 16 << 20;
    private const ulong DefaultBytesPerLane = 4 << 20;
    private const int SpareBlocks = 2;

    /// <summary>
    /// Half of it is for receiving: each lane receives into one block at a time. Sums that find no block go to the
    /// output buffer. <see cref="SmallestLimit"/> makes sure that the half is enough for the lanes. Where the library chooses
    /// how many lanes there are, and nothing else is said, the reserve is enough for all that there can be at all, of two members (an
    /// epoch's operations may still receive from one while the next one's receive from another): blocks exist only
    /// once they are needed.
    /// </summary>
    public static ScratchBudget From(CommunicatorSettings settings)
    {
        ulong limit = settings.ScratchLimitBytes != 0
            ? settings.ScratchLimitBytes
            : DefaultBytes + DefaultBytesPerLane * (ulong)Math.Max(1, settings.Lanes);
        int blocks = (int)Math.Min(limit / ChunkLayout.MaxSegmentBytes, 1 << 16);
        int sums = blocks / 2, reserve = blocks - sums;
        if (settings.Lanes != 0) return new ScratchBudget(sums, reserve, settings.Lanes);
        if (settings.ScratchLimitBytes == 0) reserve = Math.Max(reserve, 2 * Hello.MaxLanes + SpareBlocks);
        return new ScratchBudget(sums, reserve, Math.Clamp((reserve - SpareBlocks) / 2, 1, Hello.MaxLanes));
    }

    /// <summary>Two blocks for each lane, and 2 MiB.</summary>
    public static ulong SmallestLimit(int lanes) => ((ulong)Math.Max(1, lanes) * 2 + 4) * ChunkLayout.MaxSegmentBytes;
}
