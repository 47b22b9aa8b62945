using Collectives.Membership.Coordination;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Tests.Coordination;

/// <summary>
/// Members of two groups that register, get ready, complain, update, leave, die, fall silent and come back, all
/// at random, in front of one coordinator. Each keeps what it was told, which is what the invariants are about. In one run of three they
/// are far apart, and tell of links and of work that change all the time, so that there are better orders to be had.
/// </summary>
internal sealed class RandomRun
{
    private readonly int _seed;
    private readonly Random _random;
    private readonly World _world;
    private readonly Dictionary<long, Player> _players = [];
    private readonly Dictionary<uint, ulong> _lastFormed = [];
    private readonly Dictionary<(uint Group, ulong Epoch), Roster> _rosters = [];
    private readonly Dictionary<(uint Group, ulong Epoch), Verdict> _verdicts = [];
    private readonly HashSet<(uint Group, ulong Epoch)> _begun = [];
    private long _lastSession;

    public RandomRun(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        IsFar = seed % 3 == 0;
        _world = new World(new CoordinatorRules { FormingMs = 1000, RelayAfterMs = 50, ComplaintMs = 100, RelayMs = 50, LinkLossMs = 30 }) { OnSend = Hear, OnClose = session => _players[session].Gone = true };
    }

    public bool IsFar { get; }

    public int Activations { get; private set; }

    public int Updates { get; private set; }

    public int Settlements { get; private set; }

    public int Verdicts { get; private set; }

    public int Evictions { get; private set; }

    /// <summary>Epochs in another order than that of ranks, and verdicts on them.</summary>
    public int Reorders { get; private set; }

    public int ReorderedVerdicts { get; private set; }

    public int AgreedTables { get; private set; }

    private sealed class Player(long session, uint group)
    {
        public long Session { get; } = session;

        public uint Group { get; } = group;

        public bool Gone { get; set; }

        /// <summary>Sends nothing any more, and does not close either.</summary>
        public bool Mute { get; set; }

        /// <summary>Never gets ready, although it lives.</summary>
        public bool Stuck { get; init; }

        public Roster? Forming { get; set; }

        /// <summary>Asked and not answered yet.</summary>
        public Settle? Question { get; set; }

        /// <summary>The epoch of the last question; a verdict on it must follow, or another question.</summary>
        public ulong Settling { get; set; }

        public ulong Active { get; set; }

        public bool Updating { get; set; }

        public ulong Confirmed { get; set; }

        /// <summary>Asked and not answered yet.</summary>
        public List<Probe> Probes { get; } = [];

        public WorkReport Work { get; set; }

        public MemberId Id => World.Id((int)Session);
    }

    public void Step()
    {
        switch (_random.Next(IsFar ? 22 : 16))
        {
            case 0 or 1 when _players.Values.Count(player => !player.Gone) < 8:
                Join();
                break;
            case 14 when Pick(player => player.Question is not null) is { } asked:
                Answer(asked);
                break;
            case 2 or 3 or 4 when Pick(player => player.Forming is not null && !player.Stuck) is { } forming:
                GetReady(forming);
                break;
            case 5 or 6 when Pick(player => player.Active != 0 && !player.Updating) is { } active:
                Update(active);
                break;
            case 7 when Pick(player => player.Forming is { World: > 1 }) is { } forming:
                _world.Say(forming.Session, new Unreachable(forming.Forming!.Epoch, AnyOf(forming.Forming), "random"));
                break;
            case 8 when Pick(player => player.Active != 0) is { } active:
                _world.Say(active.Session, new Unreachable(active.Active, AnyOf(_rosters[(active.Group, active.Active)]), "random"));
                break;
            case 13 when Pick(player => player.Question is not null) is { } asked:
                Answer(asked);
                break;
            case 9 when _random.Next(2) == 0 && Pick(_ => true) is { } dying:
                dying.Gone = true;
                _world.Drop(dying.Session);
                break;
            case 10 when _random.Next(3) == 0 && Pick(_ => true) is { } leaving:
                leaving.Gone = true;
                _world.Say(leaving.Session, Leave.Instance);
                break;
            case 11 when _random.Next(3) == 0 && Pick(_ => true) is { } silent:
                silent.Mute = true;
                break;
            case 12 when Pick(_ => true) is { } stale:
                // What a slow network delivers late: it must change nothing.
                _world.Say(stale.Session, new Ready((ulong)_random.Next(1, 4)));
                _world.Say(stale.Session, new Unreachable((ulong)_random.Next(1, 4), World.Id(_random.Next(20)), "stale"));
                break;
            case 16 or 17 or 18 when Pick(player => player.Probes.Count > 0) is { } probing:
                AnswerProbes(probing, everyOne: false);
                break;
            case 19 or 20 when Pick(player => player.Active != 0) is { } active:
                Report(active);
                break;
            case 21:
                // Whoever was not asked, and whoever is not there.
                if (Pick(_ => true) is { } stranger) _world.Say(stranger.Session, new Probed((ulong)_random.Next(1, 60), ulong.MaxValue, 1));
                break;
            default:
                Pass(_random.Next(1, 400));
                break;
        }

        Check();
    }

    /// <summary>From here on everybody who is left behaves; within a bounded time nobody may be waiting any more.</summary>
    public void Settle()
    {
        // A better order may come up at the very end, and is let be formed.
        for (int round = 0; round < 200 || (round < 210 && _players.Values.Any(player => player is { Gone: false, Forming: not null })); round++)
        {
            foreach (Player player in _players.Values.Where(player => !player.Gone && !player.Mute).ToArray())
            {
                if (player.Gone) continue;
                if (player.Question is not null) Answer(player);
                AnswerProbes(player, everyOne: true);
                if (player is { Forming: not null, Stuck: false }) GetReady(player);
                else if (player.Active != 0 && !player.Updating) Update(player);
            }

            Pass(100);
            Check();
        }

        Dictionary<uint, Player[]> groups = _players.Values.Where(player => !player.Gone).GroupBy(player => player.Group).ToDictionary(g => g.Key, g => g.ToArray());
        foreach (Player[] group in groups.Values)
        {
            Expect(group.All(player => !player.Mute), "a silent member was kept");
            bool anyActive = group.Any(player => player.Active != 0);
            // Without an active epoch the group may wait for its minimum; with one, an update admits everybody.
            Expect(!anyActive || group.All(player => player.Active != 0), "a pending member waits although the active ones update");
            Expect(group.All(player => player.Forming is null), "an epoch forms and does not end");
            Expect(group.Select(player => player.Active).Distinct().Count() == 1, "the members of a group are active in different epochs");
        }
    }

    private void Join()
    {
        var player = new Player(_lastSession++, (uint)_random.Next(2)) { Stuck = _random.Next(12) == 0 };
        _players.Add(player.Session, player);
        _world.Register((int)player.Session, (uint)_random.Next(1, 4), player.Group);
    }

    private void GetReady(Player player)
    {
        Roster roster = player.Forming!;
        _world.Say(player.Session, new Ready(roster.Epoch, !IsFar ? []
            : [.. roster.Members.Where(place => place.Id != player.Id).Select(place => new PeerRoundTrip(place.Id, FarUs(player.Id, place.Id)))]));
    }

    /// <summary>Some of a run's links are near, the same at both ends.</summary>
    private uint FarUs(MemberId one, MemberId other) => (Number(one) + Number(other) + _seed) % 5 == 0 ? 200 : 5000 + (uint)(Number(one) * Number(other) % 7) * 10_000;

    private void AnswerProbes(Player player, bool everyOne)
    {
        foreach (Probe probe in player.Probes.ToArray())
        {
            // What a probe finds is in the end always the same, so that there is an order which is the best.
            double rate = everyOne ? 1e6 * (1 + (Number(player.Id) * 7 + Number(probe.Peer) * 3 + _seed) % 11) : 1e7 * _random.NextDouble();
            if (everyOne || _random.Next(8) != 0) _world.Say(player.Session, new Probed(probe.Number, _random.Next(8) == 0 ? 0 : (ulong)rate, FarUs(player.Id, probe.Peer)));
        }

        player.Probes.Clear();
    }

    private void Report(Player player)
    {
        player.Work = new WorkReport(player.Work.Bytes + (ulong)_random.Next(1 << 28), player.Work.Ms + (ulong)_random.Next(3000));
        Roster roster = _rosters[(player.Group, player.Active)];
        _world.Say(player.Session, new Report([.. roster.Members.Where(place => place.Id != player.Id && _random.Next(4) != 0).Select(place =>
            new LinkReport(place.Id, 1, 0, 0, FarUs(player.Id, place.Id), (ulong)_random.Next(2) * (ulong)_random.Next(10_000_000), "cubic"))], [], player.Work));
    }

    private void Update(Player player)
    {
        player.Updating = true;
        Updates++;
        _world.Say(player.Session, new Update(player.Active, 7, player.Confirmed + 1));
    }

    private void Answer(Player player)
    {
        Settle question = player.Question!;
        player.Question = null;
        OperationState[] states = [.. Enumerable.Range(0, _random.Next(4)).Select(number => new OperationState(new OperationName(1, (ulong)number), (OperationProgress)_random.Next(4)))];
        _world.Say(player.Session, new Settled(question.Epoch, [.. states]));
    }

    private void Pass(int milliseconds) =>
        _world.Advance(milliseconds, _players.Values.Where(player => !player.Gone && !player.Mute).Select(player => player.Session).ToArray());

    private Player? Pick(Func<Player, bool> which)
    {
        Player[] fit = _players.Values.Where(player => !player.Gone && !player.Mute && which(player)).ToArray();
        return fit.Length == 0 ? null : fit[_random.Next(fit.Length)];
    }

    private MemberId AnyOf(Roster roster) => roster[_random.Next(roster.World)].Id;

    private void Hear(long session, ControlMessage message)
    {
        Player player = _players[session];
        switch (message)
        {
            case Form form:
                HearForm(player, form.Roster);
                break;
            case Activate activate:
                Expect(activate.Epoch == player.Active || activate.Epoch == player.Forming?.Epoch, $"member {session} was activated in epoch {activate.Epoch} that it did not form");
                if (activate.Epoch != player.Active) Activations++;
                Expect(player.Settling <= player.Active, $"member {session} was activated while epoch {player.Active} was being settled");
                if (activate.Epoch != player.Active) HearLinks(player, activate);
                player.Confirmed = activate.Epoch == player.Active ? player.Confirmed + 1 : 0;
                (player.Active, player.Forming, player.Updating) = (activate.Epoch, null, false);
                break;
            case Waiting:
                player.Forming = null;
                break;
            case Settle settle:
                HearSettle(player, settle);
                break;
            case Verdict verdict:
                HearVerdict(player, verdict);
                break;
            case Probe probe:
                Expect(player.Active != 0 && probe.Peer != player.Id && _rosters[(player.Group, player.Active)].RankOf(probe.Peer) >= 0, "a link was to be probed that is none of the epoch");
                player.Probes.Add(probe);
                break;
            case Evicted:
                Evictions++;
                break;
            case Refused refused:
                Expect(refused.Code == RefusedCode.Mismatch, $"refused: {refused.Text}");
                player.Updating = false;
                break;
        }
    }

    /// <summary>Whoever begins an epoch begins it with the same table, whenever that is told.</summary>
    private void HearLinks(Player player, Activate activate)
    {
        Roster roster = _rosters[(player.Group, activate.Epoch)];
        Expect(activate.Links.World is 0 || activate.Links.World == roster.World, "an epoch began with the links of other members");
        if (_begun.Add((player.Group, activate.Epoch))) _rosters[(player.Group, activate.Epoch)] = roster with { Links = activate.Links };
        else Expect(roster.Links.Equals(activate.Links), "two members were told different links of one epoch");
        if (activate.Links.World > 0) AgreedTables++;
    }

    private void HearSettle(Player player, Settle settle)
    {
        Settlements++;
        Expect(player.Active != 0 && settle.Epoch > player.Active && settle.Epoch > player.Settling, "a settlement's number went back");
        Roster roster = _rosters[(player.Group, player.Active)];
        Expect(settle.Losses.All(loss => loss.Member != player.Id && roster.RankOf(loss.Member) >= 0), "the lost member is no other member of the epoch");
        (player.Question, player.Settling, player.Forming) = (settle, settle.Epoch, null);
    }

    private void HearVerdict(Player player, Verdict verdict)
    {
        Verdicts++;
        Expect(verdict.Epoch == player.Settling && verdict.Previous == player.Active && player.Question is null, "a verdict came that nobody was asked for");
        if (_verdicts.TryGetValue((player.Group, verdict.Epoch), out Verdict? known)) Expect(ReferenceEquals(known, verdict), "two members were told different verdicts");
        _verdicts[(player.Group, verdict.Epoch)] = verdict;
        Roster before = _rosters[(player.Group, player.Active)];
        _rosters[(player.Group, verdict.Epoch)] = before.Without(id => verdict.Losses.Any(loss => loss.Member == id)) with { Epoch = verdict.Epoch };
        if (before.Rings.Length > 0) ReorderedVerdicts++;
        _lastFormed[player.Group] = Math.Max(verdict.Epoch, _lastFormed.GetValueOrDefault(player.Group));
        (player.Active, player.Updating) = (verdict.Epoch, false);
    }

    private void HearForm(Player player, Roster roster)
    {
        Expect(roster.RankOf(player.Id) >= 0, "a member forms an epoch without itself");
        Expect(roster.Epoch > player.Active && roster.Epoch > (player.Forming?.Epoch ?? 0), "an epoch's number went back");
        Expect(roster.Members.Select(place => place.Id).Distinct().Count() == roster.World, "a roster has a member twice");
        Expect(roster.Members.All(place => _players[Number(place.Id)].Group == player.Group), "a roster mixes groups");
        Expect(roster.World <= 1 || player.Active == 0 || roster.FirstOperation == 7, "an update lost the operation's number");
        if (_rosters.TryGetValue((player.Group, roster.Epoch), out Roster? known) && _lastFormed.GetValueOrDefault(player.Group) == roster.Epoch)
            Expect((known with { Links = LinkTable.None }).Equals(roster), "two members were given different rosters of one epoch");
        else
            Expect(roster.Epoch > _lastFormed.GetValueOrDefault(player.Group), "a group's epoch number was given out twice");
        CheckRings(roster);
        if (roster.Rings.Length > 0) Reorders++;
        _lastFormed[player.Group] = roster.Epoch;
        _rosters[(player.Group, roster.Epoch)] = roster;
        player.Forming = roster;
    }

    private void CheckRings(Roster roster)
    {
        Expect(roster.Rings.IsEmpty || IsFar, "members that are near were put into another order");
        Expect(roster.Rings.IsEmpty || roster.World > 2, "between two members there is one way only");
        Expect(roster.Rings.Length <= Roster.MaxRings, "too many rings");
        Expect(roster.Rings.Length != 1 || !roster.Rings[0].IsInRankOrder, "a ring is what there would be without it");
        foreach (RosterRing ring in roster.Rings)
        {
            Expect(ring.Share > 0, "a ring has no share");
            Expect(ring.Order.Select(rank => (int)rank).Order().SequenceEqual(Enumerable.Range(0, roster.World)), $"a ring does not go to each member once: {roster}");
        }
    }

    private void Check()
    {
        foreach (GroupState group in _world.State.Groups.Values)
        {
            if (group.Active is { } epoch)
                Expect(_rosters[(group.Group, epoch.Number)].Equals(epoch.Roster), $"the members are in another epoch {epoch.Number} than the coordinator's: {_rosters[(group.Group, epoch.Number)]} and {epoch.Roster}");
            Expect(!group.IsEmpty, "an empty group is kept");
            Expect(group.Active is null || group.Active.AliveCount > 0, "an epoch without members is active");
            Expect(group.Forming is null || group.Forming.Number > (group.Active?.Number ?? 0), "an older epoch than the active one forms");
            Expect(group.Settling is null || (group.Active is not null && group.Forming is null), "a settlement without an active epoch, or beside one that forms");
            Expect(group.Active is null || group.Settling is not null || group.Active.AliveCount == group.Active.Roster.World, "a loss is not being settled");
            Expect(group.Forming is null || group.Active is null || group.Active.Alive.All(group.Forming.Has), "the next epoch forms without an active member");
            foreach (MemberState member in group.Members.Values)
            {
                bool active = group.Active?.Has(member.Id) == true;
                bool forming = group.Forming?.Has(member.Id) == true;
                Expect(active == (member.Standing == Standing.Active), $"member {member.Id} stands as {member.Standing}, active in an epoch: {active}");
                Expect((forming && !active) == (member.Standing == Standing.Joining), $"member {member.Id} stands as {member.Standing}, forming: {forming}");
            }
        }
    }

    private static long Number(MemberId id) => (long)(id.High >> 32) - 1;

    private void Expect(bool holds, string otherwise) => Assert.True(holds, $"seed {_seed}, {_world.Now} ms: {otherwise}");
}
