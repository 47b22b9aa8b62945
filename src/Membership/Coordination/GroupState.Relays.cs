using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>Broken links that may be made through another member, before anybody is evicted for them.</summary>
internal sealed partial class GroupState
{
    private readonly Relays _relays = new();

    /// <summary>
    /// Names relays for the links that are complained of. Returns those for which there is none, or none left; and, in
    /// <paramref name="due"/>, when it shows what has become of the others.
    /// </summary>
    private HashSet<(MemberId, MemberId)> SeekRelays(EpochState epoch, Func<MemberId, bool> isAbsent, long now, out long due)
    {
        due = long.MaxValue;
        HashSet<(MemberId, MemberId)> hopeless = [];
        foreach ((MemberId One, MemberId Other) link in epoch.Complaints.Links(isAbsent))
        {
            MemberId? through = epoch.Complaints.IsUp(link) ? null : RelayFor(epoch, link, now);
            if (through is { } found) due = Math.Min(due, Try(epoch, link, found, now));
            else hopeless.Add(link);
        }

        return hopeless;
    }

    /// <summary>
    /// The member that is being tried for as long as that may take, else another one that neither end complains of: the one that has relayed the
    /// link before, or else one that reaches most others and relays least.
    /// </summary>
    private MemberId? RelayFor(EpochState epoch, (MemberId One, MemberId Other) link, long now)
    {
        RelayedLink relayed = _relays.Of(link);
        if (now < relayed.Until && MayRelay(epoch, link, relayed.Through)) return relayed.Through;
        if (relayed.Tries >= rules.RelayTries) return null;
        return epoch.Alive.Where(id => MayRelay(epoch, link, id) && !relayed.HasTried(id) && !_relays.Has(id, link.One) && !_relays.Has(id, link.Other))
            .OrderBy(id => id != relayed.Through).ThenBy(id => epoch.Complaints.CountOf(id)).ThenBy(_relays.Through)
            .Select(id => (MemberId?)id).FirstOrDefault();
    }

    private bool IsBroken(MemberId one, MemberId other) => Active?.Complaints.IsBroken(one, other) == true || Forming?.Complaints.IsBroken(one, other) == true;

    private bool MayRelay(EpochState epoch, (MemberId One, MemberId Other) link, MemberId id) =>
        id != link.One && id != link.Other && epoch.Has(id) && _members[id].IsHere
        && !epoch.Complaints.IsBroken(id, link.One) && !epoch.Complaints.IsBroken(id, link.Other);

    /// <summary>Returns when it will show whether the link has come about.</summary>
    private long Try(EpochState epoch, (MemberId One, MemberId Other) link, MemberId through, long now)
    {
        RelayedLink relayed = _relays.Of(link);
        if (now < relayed.Until && relayed.Through == through) return relayed.Until;
        relayed.Try(through, now + rules.RelayMs);
        outputs.Note($"group {Group}: members {link.One} and {link.Other} do not reach each other, and are to connect through {through}");
        SendRelay(epoch, link, through);
        return relayed.Until;
    }

    /// <summary>Links that went through another member would take long to find that they have to again, or have to go through yet another.</summary>
    private void RepeatRelays(EpochState epoch, long now)
    {
        foreach (((MemberId One, MemberId Other) link, RelayedLink relayed) in _relays.All.ToArray())
        {
            if (!epoch.Has(link.One) || !epoch.Has(link.Other)) continue;
            if (relayed.Works && epoch.Has(relayed.Through)) SendRelay(epoch, link, relayed.Through);
            else if (relayed.IsOrphaned && RelayFor(epoch, link, now) is { } found) Try(epoch, link, found, now);
        }
    }

    private void SendRelay(EpochState epoch, (MemberId One, MemberId Other) link, MemberId through)
    {
        var relay = new Relay(epoch.Number, link.One, link.Other, through);
        foreach (MemberId id in new[] { through, link.One, link.Other }) outputs.Send(_members[id].Session, relay);
    }
}
