using System.Collections.Immutable;
using Collectives.Algorithms.Costs;
using Collectives.Membership.Coordination;
using Collectives.Membership.Messages;

namespace Collectives.Membership.Observation;

/// <summary>
/// What a coordinator knows at one moment, in values of its own: taken on the coordinator's thread, which is quick,
/// and turned into text on another one.
/// </summary>
/// <param name="Sessions">Connections that have proved themselves and last, of members registered or not.</param>
public sealed record CoordinatorSnapshot(DateTime Time, long UptimeMs, int Sessions, TallySnapshot Tally, ImmutableArray<GroupSnapshot> Groups);

/// <param name="Epoch">The active epoch; 0: none.</param>
/// <param name="EpochAgeMs">Since it became active.</param>
/// <param name="Forming">The epoch that forms; 0: none.</param>
/// <param name="LastEpoch">The highest number given out.</param>
/// <param name="Needed">Members that the first epoch needs, while the group gathers; else 0.</param>
/// <param name="Members">The active by rank, then the others in the order of registration.</param>
/// <param name="Order">In which the active epoch's members send.</param>
/// <param name="Links">What the active epoch's members agree on of their links; null: there is none.</param>
public sealed record GroupSnapshot(
    uint Group, ulong Epoch, long EpochAgeMs, ulong Forming, ulong LastEpoch, int Needed, ImmutableArray<MemberSnapshot> Members, OrderSnapshot Order,
    LinkModel? Links = null);

/// <param name="Rings">The ways round the members that the active epoch has; none without an epoch.</param>
/// <param name="IsChosen">They follow from the links, and are not just the order of ranks.</param>
/// <param name="Bottlenecks">What the slowest link of each ring carries, in bytes per second; none as long as links are not known.</param>
/// <param name="PredictedSeconds">Of an all-reduce of 64 MiB; 0: not known.</param>
/// <param name="ProbesLeft">Links that are still to be measured, each direction for itself.</param>
/// <param name="HasBetter">The next update changes the order.</param>
/// <param name="IsOnTrial">It is being seen whether operations are faster in it than they were before.</param>
public sealed record OrderSnapshot(
    ImmutableArray<RosterRing> Rings, bool IsChosen, ImmutableArray<double> Bottlenecks, double PredictedSeconds, int ProbesLeft, bool HasBetter, bool IsOnTrial);

/// <param name="Rank">In the active epoch; -1: it is in none.</param>
/// <param name="SinceMs">Since it registered.</param>
/// <param name="ReportAgeMs">Since its last report; -1: it has sent none.</param>
public sealed record MemberSnapshot(
    RosterMember Place, Standing Standing, Phase Phase, int Rank, long SinceMs, long ReportAgeMs,
    ImmutableArray<LinkSnapshot> Links, ImmutableArray<OperationReport> Operations);

/// <param name="Carries">Bytes per second from the member to the peer, as last measured; 0: not known.</param>
/// <param name="CarriesAgeMs">How long ago the coordinator learnt it.</param>
public readonly record struct LinkSnapshot(LinkReport Report, LinkRates Rates, double Carries = 0, long CarriesAgeMs = 0);

/// <summary>Counts since the coordinator started.</summary>
/// <param name="Losses">By reason.</param>
public sealed record TallySnapshot(
    long SessionsTaken, long ConnectionsRefused, long Joins, long Evictions, long EpochsActivated, ImmutableArray<(LossReason Reason, long Count)> Losses);
