using Collectives.Algorithms.Costs;
using Collectives.Membership;
using Collectives.Transport;

namespace Collectives.Communication.Operations;

/// <summary>
/// A roster seen from this member, with the links to the others. Operations keep the epoch that they began in, so it
/// lives on after the next one has become active, until the last of them ends. When it loses members they go on in
/// the epoch that <see cref="Without"/> makes of it.
/// </summary>
internal sealed class Epoch
{
    private readonly Dictionary<Peer, int> _ranks = [];
    private readonly int[] _slots;
    private readonly int[] _ranksOfSlots;
    private RosterRing[]? _back;
    private Chooser? _chooser;
    private int _openOperations;

    public Epoch(Roster roster, MemberId self)
        : this(roster, self, new Lineage(roster))
    {
    }

    private Epoch(Roster roster, MemberId self, Lineage lineage, Epoch? whole = null)
    {
        Whole = whole ?? this;
        Roster = roster;
        Lineage = lineage;
        Number = roster.Epoch;
        World = roster.World;
        Rank = roster.RankOf(self);
        Peers = new Peer?[World];
        _slots = new int[World];
        _ranksOfSlots = new int[lineage.Slots];
        Array.Fill(_ranksOfSlots, -1);
        for (int rank = 0; rank < World; rank++)
        {
            int slot = _slots[rank] = lineage.SlotOf(roster[rank].Id);
            if (slot >= 0) _ranksOfSlots[slot] = rank;
        }

        Plans = new FlowPlans(this);
    }

    public Roster Roster { get; }
    public Lineage Lineage { get; }
    public ulong Number { get; }
    public int Rank { get; }
    public int World { get; }

    /// <summary>Where this member's part is in buffers that have one for each of those that the lineage began with.</summary>
    public int Slot => _slots[Rank];

    /// <summary>Where that member's part is.</summary>
    public int SlotOf(int rank) => _slots[rank];

    /// <summary>Whose part that is; -1: of a member that is not in this epoch any more.</summary>
    public int RankOfSlot(int slot) => _ranksOfSlots[slot];

    /// <summary>Of the first 64 slots, those whose members are in this epoch.</summary>
    public ulong SlotMask
    {
        get
        {
            ulong mask = 0;
            foreach (int slot in _slots) mask |= slot is >= 0 and < 64 ? 1UL << slot : 0;
            return mask;
        }
    }

    /// <summary>Chooses algorithms by what all members of the epoch agree on.</summary>
    public Chooser Chooser => _chooser ??= RosterCosts.ChooserOf(Roster, AlgorithmSet.All);

    public FlowPlans Plans { get; }

    /// <summary>That one of the roster's ways, the other way round.</summary>
    public RosterRing BackAlong(int way) => (_back ??= [.. Roster.Ways.Select(ring => ring with { Order = [.. ring.Order.Reverse()] })])[way];

    /// <summary>Itself; of one that leaves late members out of an operation, the epoch that they are in as well.</summary>
    public Epoch Whole { get; private init; }

    /// <summary>Of the first 64 ranks of the whole epoch, those that are in this one.</summary>
    public ulong Mask
    {
        get
        {
            if (ReferenceEquals(Whole, this)) return ulong.MaxValue >> Math.Max(0, 64 - World);
            ulong mask = 0;
            for (int rank = 0; rank < Math.Min(Whole.World, 64); rank++)
            {
                if (Roster.RankOf(Whole.Roster[rank].Id) >= 0) mask |= 1UL << rank;
            }

            return mask;
        }
    }

    /// <summary>By rank; null for this member itself and for members without a link.</summary>
    public Peer?[] Peers { get; }

    /// <summary>
    /// Its operations stand still until it is settled how they go on, in an epoch of this number at least; 0: they run.
    /// </summary>
    public ulong FrozenFor { get; set; }

    public bool IsFrozen => FrozenFor != 0;

    /// <summary>The least epoch in which operations of the lineage can still be run.</summary>
    public ulong Least => Math.Max(Number, FrozenFor);

    /// <summary>Operations that began in this epoch and have not ended.</summary>
    public int OpenOperations
    {
        get => _openOperations;
        set
        {
            _openOperations = value;
            if (value == 0) WhenIdle?.Invoke();
        }
    }

    /// <summary>Called when the last operation of an epoch that is over has ended.</summary>
    public Action? WhenIdle { get; set; }

    public void Attach(int rank, Peer peer)
    {
        Peers[rank] = peer;
        _ranks[peer] = rank;
    }

    /// <summary>-1: not a member of this epoch.</summary>
    public int RankOf(Peer peer) => _ranks.TryGetValue(peer, out int rank) ? rank : -1;

    /// <summary>The members that are left, in the order of their ranks, as an epoch of that number. Its links are still to be attached.</summary>
    /// <param name="whole">What the whole epoch goes on as, if this one is only a part.</param>
    public Epoch Without(IReadOnlySet<MemberId> lost, ulong number, Epoch? whole = null) =>
        new(Roster.Without(lost.Contains) with { Epoch = number }, Roster[Rank].Id, Lineage, whole);

    /// <summary>Whether it leaves members of the whole epoch out.</summary>
    public bool IsPart => !ReferenceEquals(Whole, this);

    /// <summary>For an operation that this member is late for: the member that has kept its result, and this one.</summary>
    public Epoch WithKeeper(RosterMember keeper, ulong number) =>
        new(Roster with { Epoch = number, Members = [keeper, Roster[Rank]], Rings = [], Links = LinkTable.None }, Roster[Rank].Id, Lineage, Whole);

    /// <summary>"member 2 (8f3a..., 10.0.0.7:4000)": how messages name a member.</summary>
    public string Describe(int rank)
    {
        RosterMember member = Roster[rank];
        return $"member {rank} ({member.Id}, {HostPort.Join(member.Host, member.Port)})";
    }
}
