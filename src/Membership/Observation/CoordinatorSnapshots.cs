using System.Collections.Immutable;
using Collectives.Membership.Coordination;
using Collectives.Membership.Topology;

namespace Collectives.Membership.Observation;

/// <summary>Takes snapshots. On the coordinator's thread.</summary>
internal static class CoordinatorSnapshots
{
    public static CoordinatorSnapshot Take(CoordinatorState state, Tally tally, long startedAt, long now) => new(
        DateTime.UtcNow, now - startedAt, state.SessionCount, tally.Snapshot(),
        [.. state.Groups.Values.OrderBy(group => group.Group).Select(group => Take(group, now))]);

    private static GroupSnapshot Take(GroupState group, long now)
    {
        var ranks = new Dictionary<MemberState, int>();
        if (group.Active is { } active)
        {
            for (int rank = 0; rank < active.Roster.World; rank++)
                if (active.Has(active.Roster[rank].Id) && group.Members.TryGetValue(active.Roster[rank].Id, out MemberState? member))
                    ranks.Add(member, rank);
        }

        ImmutableArray<MemberSnapshot> members =
        [
            .. group.Members.Values.OrderBy(member => ranks.GetValueOrDefault(member, int.MaxValue)).ThenBy(member => member.Order)
                .Select(member => new MemberSnapshot(
                    member.Place, member.Standing, Phases.Of(member, group.Active, group.Forming), ranks.GetValueOrDefault(member, -1), now - member.Since, member.Reports.AgeMs(now),
                    Measured(group, member, now), member.Reports.Operations(now))),
        ];
        bool gathers = group.Active is null && group.Forming is null;
        return new GroupSnapshot(
            group.Group, group.Active?.Number ?? 0, group.Active is { } epoch ? now - epoch.ActiveSince : 0, group.Forming?.Number ?? 0, group.LastEpoch,
            gathers ? group.Members.Values.Select(member => member.MinMembers).DefaultIfEmpty().Max() : 0, members, OrderOf(group),
            group.Active is { } agreed ? RosterCosts.LinksOf(agreed.Roster) : null);
    }

    private static ImmutableArray<LinkSnapshot> Measured(GroupState group, MemberState member, long now) =>
    [
        .. member.Reports.Links().Select(link => group.Order.Matrix[member.Id, link.Report.Peer] is { Rate: > 0 } measure
            ? link with { Carries = measure.Rate, CarriesAgeMs = now - measure.MeasuredAt }
            : link),
    ];

    private static OrderSnapshot OrderOf(GroupState group)
    {
        if (group.Active is not { } active) return new OrderSnapshot([], false, [], 0, 0, false, false);
        OrderChooser order = group.Order;
        return new OrderSnapshot(
            active.Roster.Ways, !active.Roster.Rings.IsEmpty, order.Judged is { } judged ? [.. judged.Rings.Select(ring => ring.BottleneckRate)] : [],
            order.PredictedSeconds, order.ProbesLeft, order.Better is not null, order.IsOnTrial);
    }
}
