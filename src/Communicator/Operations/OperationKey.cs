namespace Collectives.Communication.Operations;

/// <summary>
/// Names an operation among the members: the epoch that its lineage began with, and within that either its place in
/// the order of untagged calls or its tag and place among the calls with that tag. It keeps its name when it is run
/// again in a later epoch.
/// </summary>
internal readonly record struct OperationKey(ulong Origin, ulong Number)
{
    private const ulong TagFlag = 1UL << 63;

    public const uint MaxTag = int.MaxValue;

    public static ulong Tagged(uint tag, uint occurrence) => TagFlag | ((ulong)tag << 32) | occurrence;

    public bool IsTagged => (Number & TagFlag) != 0;

    public uint Tag => IsTagged ? (uint)(Number >> 32) & MaxTag : 0;

    /// <summary>Counted from 0, among calls with the same tag or without one.</summary>
    public ulong Occurrence => IsTagged ? (uint)Number : Number;

    public override string ToString() => IsTagged
        ? $"operation {Occurrence} with tag {Tag} of epoch {Origin}"
        : $"operation {Number} of epoch {Origin}";
}
