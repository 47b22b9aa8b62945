using Collectives.Transport;

namespace Collectives.Native.Checks;

/// <summary>A buffer with a part for each slot, in elements: all of it, and where this member's part of it is.</summary>
internal readonly record struct Parts(ulong Total, ulong Before, ulong Own)
{
    /// <summary>The most elements of a size; two bits below what 64 hold, so that no sum of an offset and a length can overflow.</summary>
    public static ulong Limit(ulong elementSize) => (1UL << 62) / elementSize;

    /// <summary>Parts of `count` elements each.</summary>
    public static bool TryMakeEven(ulong count, int slots, int slot, ulong elementSize, out Parts parts, out Fault fault)
    {
        parts = default;
        ulong limit = Limit(elementSize);
        if (count >= limit)
        {
            fault = new Fault(Status.InvalidArgument, $"count: expected count * element size below 2^62, found {count} * {elementSize}");
            return false;
        }

        if (count > 0 && (ulong)slots > (limit - 1) / count)
        {
            fault = new Fault(Status.InvalidArgument,
                $"count: expected slots * count * element size below 2^62, found {slots} * {count} * {elementSize}");
            return false;
        }

        fault = Fault.None;
        parts = new Parts(count * (ulong)slots, count * (ulong)slot, count);
        return true;
    }

    /// <summary>Parts of `counts[slot]` elements.</summary>
    public static unsafe bool TryMake(
        ulong* counts, string argument, int slots, int slot, ulong elementSize, out Parts parts, out Fault fault)
    {
        parts = default;
        fault = Fault.None;
        if (counts == null)
        {
            fault = new Fault(Status.InvalidArgument, $"{argument}: expected the counts of {slots} parts, found NULL");
            return false;
        }

        ulong limit = Limit(elementSize);
        ulong total = 0;
        for (int i = 0; i < slots; i++)
        {
            ulong count = counts[i];
            if (count >= limit - total)
            {
                fault = new Fault(Status.InvalidArgument,
                    $"{argument}: expected all parts * element size below 2^62, found {count} * {elementSize} at {i} after {total} * {elementSize}");
                return false;
            }

            parts = i == slot ? new Parts(0, total, count) : parts;
            total += count;
        }

        parts = parts with { Total = total };
        return true;
    }
}
