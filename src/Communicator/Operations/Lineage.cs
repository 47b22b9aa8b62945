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
    private readonly Dictionary<OperationKey, AdmissionHint> _ended = [];
    private readonly Queue<OperationKey> _endedOrder = new();
    private readonly Dictionary<ulong, uint> _pairOccurrences = [];

    /// <summary>The epoch that all of them come from.</summary>
    public ulong Origin { get; } = first.Epoch;

    /// <summary>The members that it began with. Buffers that have a part for each of them keep it when it is lost.</summary>
    public int Slots => first.World;

    /// <summary>"the member of slot 1 (8f3a..., 10.0.0.7:4000)", also when it is lost.</summary>
    public string Describe(int slot) => $"the member of slot {slot} ({first[slot].Id}, {HostPort.Join(first[slot].Host, first[slot].Port)})";

    /// <summary>The rank that the member began with, or -1.</summary>
    public int SlotOf(MemberId member) => first.RankOf(member);

    /// <summary>
    /// Operations that have ended well here and that others may still be in. Whoever holds its own part of such a result cannot tell from that
    /// whether somebody has returned.
    /// </summary>
    /// <remarks>The latest first.</remarks>
    public IEnumerable<OperationKey> Ended => _endedOrder.Reverse();

    /// <summary>What an update would change, as the result of an operation in <see cref="Ended"/> says.</summary>
    public AdmissionHint AdmissionAtEndOf(OperationKey key) => _ended.GetValueOrDefault(key);

    public void NoteEnd(OperationKey key, AdmissionHint admission)
    {
        if (!_ended.TryAdd(key, admission)) return;
        _endedOrder.Enqueue(key);
        if (_endedOrder.Count > MaxEnds) _ended.Remove(_endedOrder.Dequeue());
    }

    /// <summary>Untagged calls so far; the next one's number.</summary>
    public ulong NextNumber { get; private set; }

    public OperationKey NextKey(uint tag)
    {
        if (tag == 0) return new OperationKey(Origin, NextNumber++);
        ref uint next = ref CollectionsMarshal.GetValueRefOrAddDefault(_tagOccurrences, tag, out _);
        return new OperationKey(Origin, OperationKey.Tagged(tag, next++));
    }

    /// <summary>Between two members operations are counted apart, for each direction and tag.</summary>
    public OperationKey NextPairKey(int from, int to, uint tag)
    {
        ulong number = OperationKey.Paired(from, to, tag, 0);
        ref uint next = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairOccurrences, number, out _);
        return new OperationKey(Origin, number | (next++ & OperationKey.MaxPairOccurrence));
    }

    /// <summary>Whether that operation has begun here already (and, if it isn't open, has ended).</summary>
    public bool HasBegun(OperationKey key)
    {
        if (key.IsPaired) return _pairOccurrences.TryGetValue(key.Number & ~(ulong)OperationKey.MaxPairOccurrence, out uint begun) && key.IsPairedBefore(begun);
        return key.IsTagged
            ? _tagOccurrences.TryGetValue(key.Tag, out uint next) && key.Occurrence < next
            : key.Number < NextNumber;
    }

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
    /// <remarks>The latest first.</remarks>
    public IEnumerable<OperationKey> Doomed => _endOrder.Reverse();
}
