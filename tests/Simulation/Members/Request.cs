using Collectives.Communication.Operations;

namespace Collectives.Simulation.Tests.Members;

/// <summary>What all members must call alike: it follows from the call's name, the members that its lineage began with, and the shape.</summary>
internal sealed class Request
{
    /// <summary>Rings take whole thousands of elements.</summary>
    private const int SharedCount = 5000;

    /// <summary>More than one segment; and more than may be sent to a member that has not begun.</summary>
    private const int LongCount = 9000, EagerCount = 140_000;

    private static readonly Algorithm[] s_ofAllReduce = Enum.GetValues<Algorithm>();
    private static readonly Algorithm[] s_ofParts = [Algorithm.Auto, Algorithm.Ring, Algorithm.Halving, Algorithm.Direct];
    private static readonly Algorithm[] s_ofRoots = [Algorithm.Auto, Algorithm.Ring, Algorithm.Tree, Algorithm.Halving, Algorithm.Direct];

    private static readonly Collective[] s_others =
    [
        Collective.AllReduce, Collective.ReduceScatter, Collective.AllGather, Collective.Broadcast, Collective.Reduce, Collective.Gather, Collective.Scatter,
        Collective.AllToAll, Collective.Pair, Collective.Pair, Collective.Barrier,
    ];

    private readonly ulong _agreed;
    private readonly int _count;

    /// <param name="key">Names it: the place among all calls of the lineage, tagged or not.</param>
    /// <param name="isVote">It counts the members that want to stop, and all must call it.</param>
    public Request(World world, OperationKey key, int slots, bool isVote)
    {
        Slots = slots;
        IsVote = isVote;
        _agreed = Mix(key.Origin * 1_000_003 + key.Number);
        Collective = isVote ? Collective.AllReduce : s_others[Draw(50, s_others.Length)];
        if (Collective == Collective.Pair && slots is < 2 or > 32) Collective = Collective.Broadcast;
        if (Collective == Collective.AllToAll && slots > 64) Collective = Collective.Gather;
        Root = Draw(20, slots);
        Partner = Collective == Collective.Pair ? (Root + 1 + Draw(28, slots - 1)) % slots : 0;
        Algorithm = Collective switch
        {
            Collective.AllReduce => s_ofAllReduce[Draw(8, s_ofAllReduce.Length)],
            Collective.ReduceScatter or Collective.AllGather => s_ofParts[Draw(8, s_ofParts.Length)],
            Collective.Broadcast or Collective.Reduce => s_ofRoots[Draw(8, s_ofRoots.Length)],
            _ => Algorithm.Auto,
        };
        Tag = !isVote && Draw(12, 4) == 0 ? 1 + (uint)Draw(14, 2) : 0;
        _count = isVote ? 2 + Draw(0, 7) : Draw(0, 7);
        if (world.Lines is not null && Draw(40, 8) == 0) _count += SharedCount;
        if (slots <= 16 && Draw(32, 24) == 0 && Algorithm is not (Algorithm.Exchange or Algorithm.Star)) _count += LongCount + Draw(36, 12_000);
        if (slots <= 8 && Draw(44, 300) == 0 && !HasParts && Algorithm is not (Algorithm.Exchange or Algorithm.Star)) _count = EagerCount;
        HasCounts = slots <= 32 && HasParts && Collective is not (Collective.Gather or Collective.Scatter) && Draw(5, 3) == 0;
    }

    public int Slots { get; }

    public bool IsVote { get; }

    public Collective Collective { get; }

    public Algorithm Algorithm { get; }

    /// <summary>Of a pair, who sends.</summary>
    public int Root { get; }

    public int Partner { get; }

    public uint Tag { get; }

    /// <summary>Parts are of different lengths, some of none.</summary>
    public bool HasCounts { get; }

    public ulong Count => HasCounts && Collective == Collective.AllToAll ? 0 : Collective == Collective.Barrier ? 0 : (ulong)_count;

    /// <summary>It is waited for with the calls that come next, after an update perhaps.</summary>
    public bool IsCarried => !IsVote && Draw(24, 3) == 0;

    public bool HasRoot => Collective is Collective.Broadcast or Collective.Reduce or Collective.Gather or Collective.Scatter or Collective.Pair;

    private bool HasParts => Collective is Collective.ReduceScatter or Collective.AllGather or Collective.Gather or Collective.Scatter or Collective.AllToAll;

    /// <summary>Whether that member has a part in it.</summary>
    public bool Concerns(int slot) => Collective != Collective.Pair || slot == Root || slot == Partner;

    /// <summary>
    /// Whether it ends alike on all members that live and on those that die after it. Of what only one of them gets, others may have heard who
    /// die with that one.
    /// </summary>
    /// <remarks>Newcomers of a later epoch don't hold what was called before they came, so that there all holding theirs shows nothing.</remarks>
    public bool EndsAlike => Collective is Collective.AllReduce or Collective.AllGather || (!IsCarried && Collective is not (Collective.Reduce or Collective.Gather or Collective.Pair));

    /// <summary>What one member sends to another one, or has for it.</summary>
    public int Length(int from, int to)
    {
        if (!HasCounts) return _count;
        int of = Collective switch
        {
            Collective.ReduceScatter => to,
            Collective.AllGather => from,
            _ => from * Slots + to,
        };
        return (int)(Mix(_agreed + (ulong)of) % 4) * (1 + _count % 3);
    }

    public int SendLength(int slot) => Collective switch
    {
        Collective.AllReduce or Collective.Reduce => _count,
        Collective.Broadcast or Collective.Pair => slot == Root ? _count : 0,
        Collective.ReduceScatter or Collective.AllToAll => Start(slot, Slots, isSent: true),
        Collective.AllGather or Collective.Gather => Length(slot, 0),
        Collective.Scatter => slot == Root ? Start(slot, Slots, isSent: true) : 0,
        _ => 0,
    };

    public int ReceiveLength(int slot) => Collective switch
    {
        Collective.AllReduce or Collective.Broadcast => _count,
        Collective.Reduce => slot == Root ? _count : 0,
        Collective.Pair => slot == Partner ? _count : 0,
        Collective.ReduceScatter or Collective.Scatter => Length(0, slot),
        Collective.AllGather or Collective.AllToAll => Start(slot, Slots, isSent: false),
        Collective.Gather => slot == Root ? Start(slot, Slots, isSent: false) : 0,
        _ => 0,
    };

    /// <summary>Where that slot's part begins in what the member sends, or receives.</summary>
    public int Start(int slot, int part, bool isSent)
    {
        int start = 0;
        for (int i = 0; i < part; i++) start += isSent ? Length(slot, i) : Length(i, slot);
        return start;
    }

    public bool MayBeInPlace(int slot) => Collective switch
    {
        Collective.AllReduce or Collective.ReduceScatter or Collective.AllGather => true,
        Collective.AllToAll => !HasCounts,
        Collective.Reduce or Collective.Broadcast or Collective.Gather or Collective.Scatter => slot == Root,
        _ => false,
    };

    public long Element(int member, int index) => (long)(Mix(_agreed ^ ((ulong)member << 20) ^ (ulong)index) >> 24);

    public override string ToString() => $"{Collective} of {_count}{(HasCounts ? " and others" : "")}, {Algorithm}"
        + (Collective == Collective.Pair ? $", from {Root} to {Partner}" : HasRoot ? $", root {Root}" : "") + (Tag > 0 ? $", tag {Tag}" : "") + (IsCarried ? ", carried" : "");

    private int Draw(int shift, int among) => (int)(Mix((_agreed >> shift) ^ ((ulong)shift << 32)) % (ulong)among);

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
