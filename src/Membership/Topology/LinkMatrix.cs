using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Topology;

/// <summary>
/// What is known of the links between a group's members, each way for itself: how long a round trip takes, and how many bytes a
/// second get through. Members report what their transfers showed; probes find out the rest.
/// </summary>
internal sealed class LinkMatrix
{
    /// <summary>A rate that was measured longer ago is to be measured again.</summary>
    public const long FreshMs = 600_000;

    /// <summary>A rate that differs by less is the same.</summary>
    private const double Same = 0.1;

    private readonly Dictionary<(MemberId From, MemberId To), LinkMeasure> _measures = [];
    // Members that have told how long the round trips of all their links are.
    private readonly HashSet<MemberId> _told = [];

    /// <summary>Counts what has changed so much that another order may be better now.</summary>
    public int Changes { get; private set; }

    public LinkMeasure this[MemberId from, MemberId to] => _measures.GetValueOrDefault((from, to));

    public void NoteRoundTrip(MemberId from, MemberId to, uint microseconds)
    {
        LinkMeasure known = this[from, to];
        if (microseconds == 0 || microseconds == known.RoundTripUs) return;
        _measures[(from, to)] = known with { RoundTripUs = microseconds };
        if (known.RoundTripUs == 0) Changes++;
    }

    public void NoteRate(MemberId from, MemberId to, double rate, long now)
    {
        LinkMeasure known = this[from, to];
        bool hasChanged = Math.Abs(rate - known.Counted) > Same * Math.Max(rate, known.Counted);
        if (hasChanged) Changes++;
        _measures[(from, to)] = known with { Rate = rate, MeasuredAt = now, Counted = hasChanged ? rate : known.Counted };
    }

    public void Note(MemberId from, Ready ready)
    {
        _told.Add(from);
        foreach (PeerRoundTrip link in ready.RoundTrips) NoteRoundTrip(from, link.Peer, link.RoundTripUs);
    }

    /// <summary>A rate that is reported unchanged is the same measurement as before.</summary>
    /// <param name="counts">Whose links are of interest.</param>
    public void Note(MemberId from, Report report, Func<MemberId, bool> counts, long now)
    {
        if (!counts(from) || report.Links.IsEmpty) return;
        if (_told.Add(from)) Changes++;
        foreach (LinkReport link in report.Links)
        {
            if (!counts(link.Peer)) continue;
            NoteRoundTrip(from, link.Peer, link.RoundTripUs);
            LinkMeasure known = this[from, link.Peer];
            if (link.Rate == 0 || link.Rate == known.Reported) continue;
            NoteRate(from, link.Peer, link.Rate, now);
            _measures[(from, link.Peer)] = this[from, link.Peer] with { Reported = link.Rate };
        }
    }

    /// <summary>Forgets all others.</summary>
    public void Keep(Func<MemberId, bool> isLeft)
    {
        _told.RemoveWhere(member => !isLeft(member));
        foreach ((MemberId From, MemberId To) pair in _measures.Keys.Where(pair => !isLeft(pair.From) || !isLeft(pair.To)).ToArray())
            _measures.Remove(pair);
    }

    /// <summary>Whether one of them has told if they are far from each other.</summary>
    public bool IsKnown(MemberId one, MemberId other) => _told.Contains(one) || _told.Contains(other);

    /// <summary>As either end sees it, the shorter one; 0: not known.</summary>
    public uint RoundTripUs(MemberId one, MemberId other)
    {
        uint there = this[one, other].RoundTripUs, back = this[other, one].RoundTripUs;
        return there == 0 || back == 0 ? Math.Max(there, back) : Math.Min(there, back);
    }

    public bool IsFar(MemberId one, MemberId other) => RoundTripUs(one, other) >= LinkState.FarMicroseconds;

    /// <summary>A direction of a far link that nobody has measured, or not lately.</summary>
    public bool NeedsProbe(MemberId from, MemberId to, long now) =>
        IsFar(from, to) && !(this[from, to] is { Rate: > 0 } measure && now - measure.MeasuredAt < FreshMs);
}

/// <summary>One direction of a link.</summary>
/// <param name="Rate">Bytes per second; 0: not known.</param>
/// <param name="MeasuredAt">When the coordinator learnt it.</param>
/// <param name="Reported">The rate that the member has reported last.</param>
/// <param name="Counted">The rate that counted as a change last: many small steps are a large one.</param>
internal readonly record struct LinkMeasure(double Rate, long MeasuredAt, uint RoundTripUs, ulong Reported, double Counted);
