using System.Globalization;
using System.Text;
using Collectives.Membership.Coordination;
using Collectives.Membership.Messages;

namespace Collectives.Membership.Observation;

/// <summary>
/// A snapshot in Prometheus' text format, version 0.0.4: for each family HELP, TYPE and its samples. Sizes are bytes and times
/// seconds; what only grows ends in _total. docs/observing.md lists the families.
/// </summary>
internal static class MetricsText
{
    private static readonly Standing[] s_standings = Enum.GetValues<Standing>();

    public static string Write(CoordinatorSnapshot snapshot)
    {
        var text = new StringBuilder(4096);
        One(text, "uptime_seconds", "gauge", "Time since the coordinator started.", snapshot.UptimeMs / 1000.0);
        One(text, "sessions", "gauge", "Members' sessions with the coordinator.", snapshot.Sessions);
        One(text, "sessions_total", "counter", "Sessions that were ever opened.", snapshot.Tally.SessionsTaken);
        One(text, "connections_refused_total", "counter", "Connections that failed the handshake.", snapshot.Tally.ConnectionsRefused);
        One(text, "joins_total", "counter", "Members that have registered.", snapshot.Tally.Joins);
        One(text, "evictions_total", "counter", "Members that were told that the others go on without them.", snapshot.Tally.Evictions);
        One(text, "epochs_total", "counter", "Epochs that have become active, in all groups.", snapshot.Tally.EpochsActivated);
        WriteLosses(text, snapshot);
        WriteGroups(text, snapshot);
        WriteLinks(text, snapshot);
        WriteOperations(text, snapshot);
        return text.ToString();
    }

    private static void WriteLosses(StringBuilder text, CoordinatorSnapshot snapshot)
    {
        Family(text, "losses_total", "counter", "Members that are gone, by reason.");
        foreach ((LossReason reason, long count) in snapshot.Tally.Losses) Sample(text, "losses_total", count, ("reason", Words.Of(reason)));
    }

    private static void WriteGroups(StringBuilder text, CoordinatorSnapshot snapshot)
    {
        Family(text, "members", "gauge", "Members, by group and standing.");
        foreach (GroupSnapshot group in snapshot.Groups)
            foreach (Standing standing in s_standings)
                Sample(text, "members", group.Members.Count(member => member.Standing == standing), Group(group), ("standing", Words.Of(standing)));
        Family(text, "epoch", "gauge", "Number of the active epoch; 0 without one.");
        foreach (GroupSnapshot group in snapshot.Groups) Sample(text, "epoch", group.Epoch, Group(group));
        Family(text, "epoch_age_seconds", "gauge", "Time since the active epoch became active.");
        foreach (GroupSnapshot group in snapshot.Groups.Where(group => group.Epoch != 0)) Sample(text, "epoch_age_seconds", group.EpochAgeMs / 1000.0, Group(group));
        Family(text, "forming_epoch", "gauge", "Number of the epoch that forms; 0 without one.");
        foreach (GroupSnapshot group in snapshot.Groups) Sample(text, "forming_epoch", group.Forming, Group(group));
        Family(text, "member_age_seconds", "gauge", "Time since the member registered.");
        foreach ((GroupSnapshot group, MemberSnapshot member) in Members(snapshot)) Sample(text, "member_age_seconds", member.SinceMs / 1000.0, Group(group), Member(member));
    }

    private static void WriteLinks(StringBuilder text, CoordinatorSnapshot snapshot)
    {
        WriteLinks(text, snapshot, "link_tx_bytes_total", "counter", "Bytes sent on the link since it was made, as its member last reported.", link => link.TxBytes);
        WriteLinks(text, snapshot, "link_rx_bytes_total", "counter", "Bytes received on the link since it was made.", link => link.RxBytes);
        WriteLinks(text, snapshot, "link_rtt_seconds", "gauge", "The kernel's smoothed round trip time.", link => link.RoundTripUs / 1e6);
        WriteLinks(text, snapshot, "link_lanes", "gauge", "Open lanes.", link => link.Lanes);
        WriteLinks(text, snapshot, "link_carries_bytes_per_second", "gauge", "What the link can send, as last measured; 0: not known.", link => link.Rate);
    }

    private static void WriteLinks(StringBuilder text, CoordinatorSnapshot snapshot, string name, string type, string help, Func<LinkReport, double> value)
    {
        Family(text, name, type, help);
        foreach ((GroupSnapshot group, MemberSnapshot member) in Members(snapshot))
            foreach (LinkReport link in member.Links.Select(link => link.Report).DistinctBy(link => link.Peer))
                Sample(text, name, value(link), Group(group), Member(member), ("peer", link.Peer.ToHex()));
    }

    private static void WriteOperations(StringBuilder text, CoordinatorSnapshot snapshot)
    {
        Family(text, "operations_in_flight", "gauge", "Operations in flight for 100 ms or longer at the member's last report; 32 at most.");
        foreach ((GroupSnapshot group, MemberSnapshot member) in Members(snapshot)) Sample(text, "operations_in_flight", member.Operations.Length, Group(group), Member(member));
        Family(text, "oldest_operation_age_seconds", "gauge", "Age of the member's oldest operation in flight; 0 without one.");
        foreach ((GroupSnapshot group, MemberSnapshot member) in Members(snapshot))
            Sample(text, "oldest_operation_age_seconds", member.Operations.Select(one => one.AgeMs).DefaultIfEmpty().Max() / 1000.0, Group(group), Member(member));
    }

    private static IEnumerable<(GroupSnapshot Group, MemberSnapshot Member)> Members(CoordinatorSnapshot snapshot) =>
        snapshot.Groups.SelectMany(group => group.Members.Select(member => (group, member)));

    private static (string, string) Group(GroupSnapshot group) => ("group", group.Group.ToString(CultureInfo.InvariantCulture));

    private static (string, string) Member(MemberSnapshot member) => ("member", member.Place.Id.ToHex());

    private static void One(StringBuilder text, string name, string type, string help, double value)
    {
        Family(text, name, type, help);
        Sample(text, name, value);
    }

    private static void Family(StringBuilder text, string name, string type, string help) =>
        text.Append("# HELP collectives_").Append(name).Append(' ').Append(help).Append('\n')
            .Append("# TYPE collectives_").Append(name).Append(' ').Append(type).Append('\n');

    /// <summary>Labels hold digits, hexadecimal and words of our own: nothing that a member could have put there.</summary>
    private static void Sample(StringBuilder text, string name, double value, params ReadOnlySpan<(string Key, string Value)> labels)
    {
        text.Append("collectives_").Append(name);
        for (int i = 0; i < labels.Length; i++)
            text.Append(i == 0 ? '{' : ',').Append(labels[i].Key).Append("=\"").Append(labels[i].Value).Append('"');
        if (labels.Length > 0) text.Append('}');
        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }
}
