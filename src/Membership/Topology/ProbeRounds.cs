using Collectives.Transport;

namespace Collectives.Membership.Topology;

/// <summary>
/// Which links are probed when, each direction for itself. A member sends one probe and receives one at a time, so that none is
/// measured beside another one on the same access line; as many as possible are at it at the same time. A world of P members
/// takes about as long as P-1 probes.
/// </summary>
internal sealed class ProbeRounds
{
    /// <summary>A probe sees what a link carries within so many round trips: one for the first answer, up to six to speed up, two to be sure.</summary>
    private const int RoundTrips = 10;

    private const int LeastMs = 500, MostMs = 3000;

    /// <summary>An answer that is so much later than the probe's own limit will not come.</summary>
    private const int GraceMs = 2000;

    private readonly List<Wanted> _left = [];
    private readonly Dictionary<ulong, Running> _running = [];
    private ulong _lastNumber;

    private readonly record struct Wanted(MemberId From, MemberId To, int LimitMs);

    private readonly record struct Running(MemberId From, MemberId To, long GiveUpAt);

    public int Left => _left.Count + _running.Count;

    public bool IsDone => _left.Count == 0 && _running.Count == 0;

    public long DueAt => _running.Count == 0 ? long.MaxValue : _running.Values.Min(probe => probe.GiveUpAt);

    public void Add(MemberId from, MemberId to, uint roundTripUs)
    {
        if (_left.Any(probe => probe.From == from && probe.To == to) || _running.Values.Any(probe => probe.From == from && probe.To == to)) return;
        _left.Add(new Wanted(from, to, (int)Math.Clamp((long)roundTripUs * RoundTrips / 1000, LeastMs, MostMs)));
    }

    /// <summary>The probes that can begin now. Those whose ends have the most before them go first.</summary>
    public List<(ulong Number, MemberId From, MemberId To, int LimitMs)> Start(long now)
    {
        var started = new List<(ulong, MemberId, MemberId, int)>();
        if (_left.Count == 0) return started;
        HashSet<MemberId> sending = [.. _running.Values.Select(probe => probe.From)], receiving = [.. _running.Values.Select(probe => probe.To)];
        ILookup<MemberId, int> toSend = _left.ToLookup(probe => probe.From, probe => probe.LimitMs), toReceive = _left.ToLookup(probe => probe.To, probe => probe.LimitMs);
        foreach (Wanted probe in _left.OrderByDescending(probe => toSend[probe.From].Sum() + toReceive[probe.To].Sum()).ToArray())
        {
            if (sending.Contains(probe.From) || receiving.Contains(probe.To)) continue;
            sending.Add(probe.From);
            receiving.Add(probe.To);
            _left.Remove(probe);
            _running.Add(++_lastNumber, new Running(probe.From, probe.To, now + probe.LimitMs + GraceMs));
            started.Add((_lastNumber, probe.From, probe.To, probe.LimitMs));
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
    public void Expire(long now) => GiveUp(probe => probe.GiveUpAt <= now);

    /// <summary>Only these are left.</summary>
    public void Keep(Func<MemberId, bool> isLeft)
    {
        _left.RemoveAll(probe => !isLeft(probe.From) || !isLeft(probe.To));
        GiveUp(probe => !isLeft(probe.From) || !isLeft(probe.To));
    }

    private void GiveUp(Func<Running, bool> isSuch)
    {
        foreach ((ulong number, Running probe) in _running.ToArray())
            if (isSuch(probe)) _running.Remove(number);
    }
}
