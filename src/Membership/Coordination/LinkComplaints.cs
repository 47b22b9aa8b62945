using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>
/// Broken links of one epoch, as its members report them: "I cannot reach that one". Which end is to blame a
/// single report cannot tell; many can. The member with the most broken links is dropped, then the next, until
/// no broken link is left: the greedy vertex cover, which drops the one member that cannot talk to anybody,
/// and not those that complain about it or that it complains about.
/// </summary>
internal sealed class LinkComplaints
{
    private readonly Dictionary<(MemberId By, MemberId About), (string Text, bool IsUp)> _texts = [];

    public bool IsEmpty => _texts.Count == 0;

    /// <summary>When the first of them came.</summary>
    public long Since { get; private set; }

    public void Add(MemberId by, MemberId about, string text, bool isUp, long now)
    {
        if (IsEmpty) Since = now;
        _texts.TryAdd((by, about), (text, isUp));
    }

    /// <summary>A member that is ready has all its links after all.</summary>
    public void Withdraw(MemberId by)
    {
        foreach ((MemberId By, MemberId About) one in _texts.Keys.Where(one => one.By == by).ToArray()) _texts.Remove(one);
    }

    /// <summary>The link is up again.</summary>
    public void Withdraw(MemberId by, MemberId about) => _texts.Remove((by, about));

    /// <summary>A member that is gone takes the complaints with it.</summary>
    public void Forget(MemberId member)
    {
        foreach ((MemberId By, MemberId About) one in _texts.Keys.Where(one => one.By == member || one.About == member).ToArray())
            _texts.Remove(one);
    }

    /// <summary>Whether one of those in broken links is such a member.</summary>
    public bool Any(Func<MemberId, bool> isSuch) => _texts.Keys.Any(one => isSuch(one.By) || isSuch(one.About));

    /// <summary>Whether one of the links is the only broken one at both of its ends: it does not show which of them is at fault.</summary>
    public bool HasLoneLink(Func<MemberId, bool> isAbsent)
    {
        (MemberId, MemberId)[] links = [.. Links(isAbsent)];
        return links.Any(link => links.Count(other => Touches(other, link.Item1) || Touches(other, link.Item2)) == 1);

        static bool Touches((MemberId, MemberId) link, MemberId member) => link.Item1 == member || link.Item2 == member;
    }

    /// <summary>A link, whoever names it first.</summary>
    public static (MemberId One, MemberId Other) LinkOf(MemberId one, MemberId other) => one.CompareTo(other) < 0 ? (one, other) : (other, one);

    /// <summary>The broken links of those who are here.</summary>
    public IEnumerable<(MemberId One, MemberId Other)> Links(Func<MemberId, bool> isAbsent) =>
        Present(isAbsent).Select(one => LinkOf(one.By, one.About)).Distinct();

    public bool IsBroken(MemberId one, MemberId other) => _texts.ContainsKey((one, other)) || _texts.ContainsKey((other, one));

    /// <summary>How often the member complains, or is complained of.</summary>
    public int CountOf(MemberId member) => _texts.Keys.Count(one => one.By == member || one.About == member);

    /// <summary>Whether one of its ends says that the link is there, and complains of the other end.</summary>
    public bool IsUp((MemberId One, MemberId Other) link) => _texts.GetValueOrDefault((link.One, link.Other)).IsUp || _texts.GetValueOrDefault((link.Other, link.One)).IsUp;

    /// <summary>
    /// The members to drop for such links, each with the reason. Ties go against the member that is not active yet, then
    /// against the accused, then against the one that registered later.
    /// </summary>
    public List<(MemberId Member, string Text)> Culprits(Func<(MemberId, MemberId), bool> isSuch, Func<MemberId, Standing> standing, Func<MemberId, long> order)
    {
        var culprits = new List<(MemberId, string)>();
        HashSet<(MemberId By, MemberId About)> left = [.. _texts.Keys.Where(one => isSuch(LinkOf(one.By, one.About)))];
        while (left.Count > 0)
        {
            MemberId worst = left.SelectMany(one => new[] { one.By, one.About }).Distinct()
                .OrderByDescending(member => left.Where(one => one.By == member || one.About == member)
                    .Select(one => one.By == member ? one.About : one.By).Distinct().Count())
                .ThenBy(member => standing(member) == Standing.Active)
                .ThenByDescending(member => left.Count(one => one.About == member))
                .ThenByDescending(order)
                .First();
            (MemberId By, MemberId About) example = left.OrderBy(one => one.About != worst).ThenBy(one => order(one.By))
                .First(one => one.By == worst || one.About == worst);
            MemberId other = example.About == worst ? example.By : example.About;
            string[] words =
            [
                _texts.TryGetValue((other, worst), out (string Text, bool) theirs) ? $"member {other} cannot reach it: {theirs.Text}" : "",
                _texts.TryGetValue((worst, other), out (string Text, bool) own) ? $"it cannot reach member {other}: {own.Text}" : "",
            ];
            culprits.Add((worst, string.Join("; ", words.Where(each => each.Length > 0))));
            left.RemoveWhere(one => one.By == worst || one.About == worst);
        }

        return culprits;
    }

    private IEnumerable<(MemberId By, MemberId About)> Present(Func<MemberId, bool> isAbsent) =>
        _texts.Keys.Where(one => !isAbsent(one.By) && !isAbsent(one.About));
}
