namespace Collectives.Membership.Observation;

/// <summary>What has happened since the coordinator started. Belongs to its thread.</summary>
internal sealed class Tally
{
    private static readonly LossReason[] s_reasons = Enum.GetValues<LossReason>();
    private readonly long[] _losses = new long[(int)s_reasons.Max() + 1];

    public long SessionsTaken { get; set; }

    public long ConnectionsRefused { get; set; }

    public long Joins { get; set; }

    public long Evictions { get; set; }

    public long EpochsActivated { get; set; }

    public void Lost(LossReason reason) => _losses[(int)reason]++;

    public TallySnapshot Snapshot() => new(
        SessionsTaken, ConnectionsRefused, Joins, Evictions, EpochsActivated, [.. s_reasons.Select(reason => (reason, _losses[(int)reason]))]);
}
