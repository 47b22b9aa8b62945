namespace Collectives.Communication.Operations;

/// <summary>
/// What an update of the epoch would change, as it stands on frames: how many members wait for it (15 bits), and whether a better order
/// of the members does. All participants of an operation come to know the most that any of them knew.
/// </summary>
internal readonly record struct AdmissionHint(ushort Bits)
{
    private const ushort OrderBit = 0x8000, CountBits = 0x7FFF;

    public static AdmissionHint Of(int pending, bool hasBetterOrder) =>
        new((ushort)(Math.Min(pending, CountBits) | (hasBetterOrder ? OrderBit : 0)));

    public int Pending => Bits & CountBits;

    public bool HasBetterOrder => (Bits & OrderBit) != 0;

    public AdmissionHint And(AdmissionHint other) => Of(Math.Max(Pending, other.Pending), HasBetterOrder || other.HasBetterOrder);
}
