using System.Collections.Immutable;
using Collectives.Membership.Messages;
using Collectives.Membership.Tests.Coordination;
using Collectives.Membership.Topology;
using Collectives.Transport;

namespace Collectives.Membership.Tests.Topology;

/// <summary>A chooser with a virtual clock, and the members that it sends to: what their links carry, and what they answer.</summary>
internal sealed class FarGroup
{
    public const double MBps = 1e6;
    public const int ProbeMs = 400;

    private readonly Queue<(MemberId To, Probe Probe)> _asked = [];
    private readonly Dictionary<int, WorkReport> _work = [];
    private ulong _epoch;

    /// <param name="slow">In MB/s, of all links that no ring makes faster.</param>
    public FarGroup(int members, double slow = 5, uint roundTripUs = 20_000)
    {
        Chooser = new OrderChooser((to, message) => _asked.Enqueue((to, Assert.IsType<Probe>(message))));
        Members = [.. Enumerable.Range(0, members).Select(member => new RosterMember(World.Id(member), "10.0.0." + member, 4000))];
        Rates = new double[members, members];
        RoundTripUs = roundTripUs;
        foreach (ref double rate in System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref Rates[0, 0], Rates.Length)) rate = slow * MBps;
    }

    public OrderChooser Chooser { get; }

    public ImmutableArray<RosterMember> Members { get; set; }

    public double[,] Rates { get; }

    public uint RoundTripUs { get; }

    public long Now { get; private set; } = 1_000_000;

    /// <summary>That were answered, in the order in which they were sent.</summary>
    public List<(int From, int To)> Probed { get; } = [];

    /// <summary>Directions whose probes are never answered.</summary>
    public Func<int, int, bool> IsMute { get; set; } = (_, _) => false;

    public bool IsAsked => _asked.Count > 0;

    /// <summary>"0 2 1 3", or null.</summary>
    public string? Better => Chooser.Better is { } better ? string.Join(" and ", better.For(Members).DefaultIfEmpty(new RosterRing([.. Members.Select((_, rank) => (ushort)rank)], 1))) : null;

    /// <summary>The links of that ring carry so much, in MB/s.</summary>
    public FarGroup Carry(double rate, params int[] ring)
    {
        for (int place = 0; place < ring.Length; place++) Rates[ring[place], ring[(place + 1) % ring.Length]] = rate * MBps;
        return this;
    }

    /// <summary>All say that they are ready, and an epoch begins.</summary>
    public FarGroup Begin(ImmutableArray<RosterRing> rings = default, bool isFree = true)
    {
        foreach (RosterMember member in Members)
        {
            Chooser.Note(member.Id, new Ready(_epoch + 1, RoundTripUs < LinkState.FarMicroseconds ? []
                : [.. Members.Where(other => other.Id != member.Id).Select(other => new PeerRoundTrip(other.Id, RoundTripUs))]));
        }

        Chooser.Begin(new Roster(++_epoch, Members, 0) { Rings = rings.IsDefault ? Chooser.RingsFor(Members) : rings }, isFree, Now);
        return this;
    }

    /// <summary>Members answer their probes after a while, all that were asked for by then, until there are no more.</summary>
    public FarGroup AnswerProbes(int most = int.MaxValue)
    {
        while (_asked.Count > 0 && most > 0)
        {
            Pass(ProbeMs);
            for (int left = _asked.Count; left > 0 && most > 0; left--, most--)
            {
                (MemberId to, Probe probe) = _asked.Dequeue();
                int from = Number(to), peer = Number(probe.Peer);
                if (IsMute(from, peer)) continue;
                Probed.Add((from, peer));
                Chooser.Note(to, new Probed(probe.Number, (ulong)Rates[from, peer], RoundTripUs), Now);
            }
        }

        return this;
    }

    public FarGroup Pass(int ms)
    {
        for (long end = Now + ms; Now < end;)
        {
            Now = Math.Clamp(Chooser.DueAt, Now + 1, end);
            if (Now >= Chooser.DueAt) Chooser.Tick(Now);
        }

        return this;
    }

    /// <summary>Members tell what their links carry by now, as they do when it has changed.</summary>
    public FarGroup ReportRates()
    {
        foreach (RosterMember member in Members)
        {
            int from = Number(member.Id);
            Chooser.Note(member.Id, new Report([.. Members.Where(other => other.Id != member.Id).Select(other =>
                new LinkReport(other.Id, 1, 0, 0, RoundTripUs, (ulong)Rates[from, Number(other.Id)], "cubic"))], [], _work.GetValueOrDefault(from)), Now);
        }

        return this;
    }

    /// <summary>Each second, all tell what their operations have done in it, in MB/s.</summary>
    public FarGroup Work(double rate, int seconds)
    {
        for (int second = 0; second < seconds; second++)
        {
            Pass(1000);
            foreach (RosterMember member in Members)
            {
                int number = Number(member.Id);
                WorkReport last = _work.GetValueOrDefault(number);
                Chooser.Note(member.Id, new Report([], [], _work[number] = new WorkReport(last.Bytes + (ulong)(rate * MBps), last.Ms + 1000)), Now);
            }
        }

        return this;
    }

    private static int Number(MemberId id) => (int)(id.High >> 32) - 1;
}
