using Collectives.Transport;

namespace Collectives.Membership.Topology;

/// <summary>
/// Whose links are probed when. A member takes part in one probe at a time, so that none is measured beside another one on the same
/// access line, and as many pairs as possible are at it at the same time: a world of P members takes about P-1 rounds. Both directions
/// of a link are probed at once.
/// </summary>
internal sealed class ProbeRounds
{
    /// <summary>A probe sees what a link carries within so many round trips: one for the first answer, up to eight to speed up, three to be sure.</summary>
    private const int RoundTrips = 12;

    private const int LeastMs = 500, MostMs = 3000;

    /// <summary>An answer that is so much later than the probe's own limit will not come.</summary>
    private const int GraceMs = 2000;

    private readonly List<Pair> _left = [];
    private readonly Dictionary<ulong, Running> _running = [];
    private ulong _lastNumber;

    private readonly record struct Pair(MemberId One, MemberId Other, int LimitMs);

    private readonly record struct Running(MemberId From, MemberId To, long GiveUpAt);

    public int Left => _left.Count + _running.Count / 2;

    public bool IsDone => _left.Count == 0 && _running.Count == 0;

    public long DueAt => _running.Count == 0 ? long.MaxValue : _running.Values.Min(probe => probe.GiveUpAt);

    public void Add(MemberId one, MemberId other, uint roundTripUs)
    {
        if (_left.Any(pair => IsOf(pair, one) && IsOf(pair, other)) || _running.Values.Any(probe => probe.From == one && probe.To == other)) return;
        _left.Add(new Pair(one, other, (int)Math.Clamp((long)roundTripUs * RoundTrips / 1000, LeastMs, MostMs)));
    }

    /// <summary>The probes that can begin now, two for each pair. Those who have the most before them go first.</summary>
    public List<(ulong Number, MemberId From, MemberId To, int LimitMs)> Start(long now)
    {
        var started = new List<(ulong, MemberId, MemberId, int)>();
        HashSet<MemberId> busy = [.. _running.Values.Select(probe => probe.From)];
        foreach (Pair pair in _left.OrderByDescending(pair => CountOf(pair.One) + CountOf(pair.Other)).ToArray())
        {
            if (busy.Contains(pair.One) || busy.Contains(pair.Other)) continue;
            busy.Add(pair.One);
            busy.Add(pair.Other);
            _left.Remove(pair);
            started.Add(Begin(pair.One, pair.Other, pair.LimitMs, now));
            started.Add(Begin(pair.Other, pair.One, pair.LimitMs, now));
        }

        return started;
    }

    /// <summary>The member that was probed from there; null if the member was not asked for that.</summary>
    public MemberId? Answer(ulong number, MemberId from)
    {
        if (!_running.TryGetValue(number, out Running probe) || probe.From != from) return null;
        _running.Remove(number);
        return probe.To;
    }

    /// <summary>Gives up what should have been answered by now.</summary>
    public void Expire(long now)
    {
        foreach (ulong number in _running.Where(probe => probe.Value.GiveUpAt <= now).Select(probe => probe.Key).ToArray()) _running.Remove(number);
    }

    /// <summary>Only these are left.</summary>
    public void Keep(Func<MemberId, bool> isLeft)
    {
        _left.RemoveAll(pair => !isLeft(pair.One) || !isLeft(pair.Other));
        foreach (ulong number in _running.Where(probe => !isLeft(probe.Value.From) || !isLeft(probe.Value.To)).Select(probe => probe.Key).ToArray())
            _running.Remove(number);
    }

    private (ulong, MemberId, MemberId, int) Begin(MemberId from, MemberId to, int limitMs, long now)
    {
        _running.Add(++_lastNumber, new Running(from, to, now + limitMs + GraceMs));
        return (_lastNumber, from, to, limitMs);
    }

    private int CountOf(MemberId member) => _left.Count(pair => IsOf(pair, member));

    private static bool IsOf(in Pair pair, MemberId member) => pair.One == member || pair.Other == member;
}
