namespace Collectives.Membership.Coordination;

/// <summary>The times and bounds that a coordinator goes by, in milliseconds.</summary>
public sealed record CoordinatorRules
{
    /// <summary>Silence that means death, for members that do not name their own.</summary>
    public int HeartbeatMs { get; init; } = 3000;

    /// <summary>A forming epoch in which nothing moves for so long goes on without those that hold it up.</summary>
    public int FormingMs { get; init; } = 10_000;

    /// <summary>After so many epochs in a row in which nobody got ready and nobody said why, all of them go.</summary>
    public int FruitlessEpochs { get; init; } = 3;

    /// <summary>
    /// From the first complaint about a link of a forming epoch to the search for members that relay it: long enough for the complaints of
    /// others to show whose links are broken.
    /// </summary>
    public int RelayAfterMs { get; init; } = 1000;

    /// <summary>The same to the decision who is dropped for those that nobody can relay. They may still come about.</summary>
    public int ComplaintMs { get; init; } = 5000;

    /// <summary>A link has so long to come about through a member that relays it.</summary>
    public int RelayMs { get; init; } = 3000;

    /// <summary>So many members are tried for a link, one after the other.</summary>
    public int RelayTries { get; init; } = 2;

    /// <summary>The same for a link of the active epoch, whose operations are waiting.</summary>
    public int LinkLossMs { get; init; } = 250;

    /// <summary>
    /// And if a link is the only broken one that its ends have, among more than two members: a member all of whose connections break
    /// on a busy machine may notice the second one much later than the first.
    /// </summary>
    public int LoneLinkMs { get; init; } = 1000;

    /// <summary>Members have so long to say how far their operations came.</summary>
    public int SettleMs { get; init; } = 3000;

    /// <summary>Members of an epoch that was taken up have so long to come back to this coordinator.</summary>
    public int ReturnMs { get; init; } = 3000;

    /// <summary>
    /// Those of them that nobody is connected to have only so long: their processes have most likely ended with the former
    /// coordinator, and operations wait for that to be settled.
    /// </summary>
    public int GoneMs { get; init; } = 100;

    /// <summary>A part that was too few, and to which somebody comes back, waits so long for others that do.</summary>
    public int ComeBackMs { get; init; } = 500;

    /// <summary>
    /// Links that were down when an epoch was taken up, or when somebody came back to it, have so long to come back: what has parted the
    /// members from their coordinator may have parted them from each other, and is over. As long as a dial.
    /// </summary>
    public int MendMs { get; init; } = 5000;

    /// <summary>
    /// Newcomers to a group all of whose members have lost their sessions wait so long for these, before they begin without: they
    /// dial again within half a second.
    /// </summary>
    public int AllGoneMs { get; init; } = 1000;

    /// <summary>Without newcomers, its members may come back for so long.</summary>
    public int ForgetMs { get; init; } = 300_000;

    /// <summary>
    /// Newcomers do not begin beside an epoch that is known to exist, or to have existed, before nobody of it has come here for so
    /// long. If it lives at another coordinator, they find it there meanwhile.
    /// </summary>
    public int AbandonMs { get; init; } = 30_000;

    /// <summary>
    /// Where no epoch is led, newcomers are sent on to the other coordinators, so long apart or up to MajorityMs more: one, and as
    /// long as nobody comes back, four times as many each time.
    /// </summary>
    public int ScoutMs { get; init; } = 5000;

    /// <summary>Too few members of an epoch wait so long for more, and sometimes much longer, before they try other coordinators.</summary>
    public int MajorityMs { get; init; } = 2000;

    /// <summary>
    /// No first epoch forms before the coordinator has run for so long: members that it, or one before it at the same address,
    /// has led, come back first. With members that know several coordinators, not before the first of them has waited for so long:
    /// one that led others may just have gone.
    /// </summary>
    public int HoldMs { get; init; }

    /// <summary>
    /// Updates of an epoch that was taken up wait for so long if a later one had been forming: a member for which that has
    /// begun dials again within half a second.
    /// </summary>
    public int LaterEpochMs { get; init; } = 1000;

    /// <summary>Announcements of progress and of pending members keep at least this distance.</summary>
    public int AnnounceMs { get; init; } = 20;

    /// <summary>Sessions at a time, registered or not.</summary>
    public int MaxSessions { get; init; } = 8192;
}
