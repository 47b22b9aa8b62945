using System.Runtime.InteropServices;
using Collectives.Membership;
using Collectives.Transport;

namespace Collectives.Communication.Operations;

/// <summary>
/// An epoch and those that come from it by losing members: calls are counted across them, so that a call means the
/// same operation to members that make it before and after a loss.
/// </summary>
internal sealed class Lineage(Roster first)
{
    /// <summary>
    /// Ends that are remembered. Members are at most as far apart as the operations that one of them may have in
    /// flight, which are fewer.
    /// </summary>
    private const int MaxEnds = 1024;

    private readonly Dictionary<uint, uint> _tagOccurrences = [];
    private readonly Dictionary<OperationKey, Fault> _ends = [];
    private readonly Queue<OperationKey> _endOrder = new();
    private readonly HashSet<OperationKey> _left = [];

    /// <summary>The epoch that all of them come from.</summary>
    public ulong Origin { get; } = first.Epoch;

    /// <summary>The members that it began with. Buffers that have a part for each of them keep it when it is lost.</summary>
    public int Slots => first.World;

    /// <summary>The rank that the member began with, or -1.</summary>
    public int SlotOf(MemberId member) => first.RankOf(member);

    /// <summary>Untagged calls so far; the next one's number.</summary>
    public ulong NextNumber { get; private set; }

    public OperationKey NextKey(uint tag)
    {
        if (tag == 0) return new OperationKey(Origin, NextNumber++);
        ref uint next = ref CollectionsMarshal.GetValueRefOrAddDefault(_tagOccurrences, tag, out _);
        return new OperationKey(Origin, OperationKey.Tagged(tag, next++));
    }

    /// <summary>Whether that operation has begun here already (and, if it isn't open, has ended).</summary>
    public bool HasBegun(OperationKey key) => key.IsTagged
        ? _tagOccurrences.TryGetValue(key.Tag, out uint next) && key.Occurrence < next
        : key.Number < NextNumber;

    /// <summary>The operation has failed, or will when it is called here: no member may ever hold its result.</summary>
    public void Doom(OperationKey key, Fault fault)
    {
        if (!_ends.TryAdd(key, fault)) return;
        _endOrder.Enqueue(key);
        if (_endOrder.Count > MaxEnds) _ends.Remove(_endOrder.Dequeue());
    }

    public bool IsDoomed(OperationKey key, out Fault fault) => _ends.TryGetValue(key, out fault) && !fault.IsNone;

    /// <summary>This member has closed before the operation ended: how it ends is the others' to say.</summary>
    public void Leave(OperationKey key) => _left.Add(key);

    public bool HasLeft(OperationKey key) => _left.Contains(key);

    /// <summary>The coordinator has asked for an operation that has not been called here: called now, it stands still at first.</summary>
    public HashSet<OperationKey> AskedFor { get; } = [];

    /// <summary>Operations that the others have run without this member, and where their results are.</summary>
    public Dictionary<OperationKey, Epoch> Tickets { get; } = [];

    /// <summary>Operations that have failed here, or will.</summary>
    public IEnumerable<OperationKey> Doomed => _ends.Keys;
}
