using System.Collections.Immutable;
using Collectives.Membership.Messages;
using Collectives.Membership.Topology;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>In which order the members of the active epoch send, and what their links carry.</summary>
internal sealed partial class GroupState
{
    private OrderChooser? _order;
    // A member has asked for that.
    private bool _keepsOrder;

    public OrderChooser Order => _order ??= new OrderChooser((member, message) =>
    {
        if (_members.TryGetValue(member, out MemberState? to) && to.IsHere) outputs.Send(to.Session, message);
    });

    public void Report(MemberState member, Report report, long now)
    {
        member.Reports.Take(report, now);
        Order.Note(member.Id, report, now);
        CountPending(now);
    }

    public void Probed(MemberState member, Probed answer, long now) => Order.Note(member.Id, answer, now);

    private void BeginOrder(long now) => Order.Begin(Active!.Roster, !_keepsOrder, now);

    private void TickOrder(long now)
    {
        if (now < Order.DueAt) return;
        if (Order.Tick(now)) CountPending(now);
    }

    private ImmutableArray<RosterRing> RingsFor(ImmutableArray<RosterMember> places) => _keepsOrder ? [] : Order.RingsFor(places);
}
