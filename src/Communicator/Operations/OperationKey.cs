namespace Collectives.Communication.Operations;

/// <summary>
/// Names an operation among the members: the epoch that its lineage began with, and within that either its place in
/// the order of untagged calls or its tag and place among the calls with that tag; or, between two members, these, the tag and the
/// place among the calls with all that. It keeps its name when it is run
/// again in a later epoch.
/// </summary>
internal readonly record struct OperationKey(ulong Origin, ulong Number)
{
    private const ulong TagFlag = 1UL << 63, PairFlag = 1UL << 62;
    private const int FromAt = 50, ToAt = 38, PairTagAt = 22;
    private const uint MaxSlot = (1 << 12) - 1;

    /// <summary>Of sends and receives, whose names hold more.</summary>
    public const uint MaxPairTag = ushort.MaxValue;

    /// <summary>They are counted modulo this plus one.</summary>
    public const uint MaxPairOccurrence = (1 << PairTagAt) - 1;

    public const uint MaxTag = int.MaxValue;

    public static ulong Tagged(uint tag, uint occurrence) => TagFlag | ((ulong)tag << 32) | occurrence;

    public static ulong Paired(int from, int to, uint tag, uint occurrence) =>
        PairFlag | ((ulong)from << FromAt) | ((ulong)to << ToAt) | ((ulong)tag << PairTagAt) | occurrence;

    public bool IsPaired => (Number & (TagFlag | PairFlag)) == PairFlag;

    /// <summary>Of a pair, the slot of the member that sends.</summary>
    public int From => (int)(Number >> FromAt & MaxSlot);

    /// <summary>Of a pair, the slot of the member that receives.</summary>
    public int To => (int)(Number >> ToAt & MaxSlot);

    /// <summary>Whether a pair's next call, in the count of all, comes after this one.</summary>
    public bool IsPairedBefore(uint next) => ((next - 1 - (uint)Number) & MaxPairOccurrence) <= MaxPairOccurrence / 2;

    public bool IsTagged => (Number & TagFlag) != 0;

    public uint Tag => IsTagged ? (uint)(Number >> 32) & MaxTag : 0;

    /// <summary>Counted from 0, among calls with the same tag or without one.</summary>
    public ulong Occurrence => IsTagged ? (uint)Number : Number;

    public override string ToString()
    {
        if (IsPaired) return $"message {(uint)Number & MaxPairOccurrence} with tag {(uint)(Number >> PairTagAt) & MaxPairTag} from {From} to {To} of epoch {Origin}";
        return IsTagged
            ? $"operation {Occurrence} with tag {Tag} of epoch {Origin}"
            : $"operation {Number} of epoch {Origin}";
    }
}
