using Collectives.Algorithms.Schedules;

namespace Collectives.Communication;

/// <summary>How many scratch blocks there may be: those for sums in flight, and a reserve for what is being received.</summary>
internal readonly record struct ScratchBudget(int Blocks, int Reserve)
{
    private const ulong DefaultBytes = 16 << 20;
    private const ulong DefaultBytesPerLane = 4 << 20;

    /// <summary>
    /// Half of it is for receiving: each lane receives into one block at a time. Sums that find no block go to the
    /// output buffer. <see cref="SmallestLimit"/> makes sure that the half is enough for the lanes.
    /// </summary>
    public static ScratchBudget From(CommunicatorSettings settings)
    {
        ulong limit = settings.ScratchLimitBytes != 0
            ? settings.ScratchLimitBytes
            : DefaultBytes + DefaultBytesPerLane * (ulong)Math.Max(1, settings.Lanes);
        int blocks = (int)Math.Min(limit / ChunkLayout.MaxSegmentBytes, 1 << 16);
        return new ScratchBudget(blocks / 2, blocks - blocks / 2);
    }

    /// <summary>Two blocks for each lane, and 2 MiB.</summary>
    public static ulong SmallestLimit(int lanes) => ((ulong)Math.Max(1, lanes) * 2 + 4) * ChunkLayout.MaxSegmentBytes;
}
