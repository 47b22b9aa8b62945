using System.Collections.Immutable;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>
/// What is asked and answered after members of an active epoch were lost, and what is decided: once, for all that are
/// left. A loss on the way begins another one, with a higher number and all losses so far.
/// </summary>
internal sealed class Settlement(ulong epoch, ImmutableArray<Loss> losses, long dueAt)
{
    private long _dueAt = dueAt;

    private readonly Dictionary<MemberId, ImmutableArray<OperationState>> _answers = [];

    /// <summary>The number that the epoch will go on with.</summary>
    public ulong Epoch { get; } = epoch;

    public ImmutableArray<Loss> Losses { get; } = losses;

    /// <summary>When those that have not answered are lost too; or when too few have waited for long enough.</summary>
    public long DueAt => _dueAt;

    /// <summary>All have answered, and are no majority.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>All have answered, and others may yet come back.</summary>
    public bool IsHeld { get; private set; }

    public Settle Question => new(Epoch, Losses);

    public bool HasAnswer(MemberId member) => _answers.ContainsKey(member);

    public void Answer(MemberId member, ImmutableArray<OperationState> states) => _answers.TryAdd(member, states);

    /// <summary>For those that have not answered, without whom the others could not go on.</summary>
    public void WaitUntil(long until) => _dueAt = until;

    public void Stall(long until) => (IsStalled, _dueAt) = (true, until);

    public void Hold(long until) => (IsHeld, _dueAt) = (true, until);

    /// <summary>
    /// An operation goes forward if anybody who is left holds all of its result, or has returned it, or if all of them hold their own parts: members
    /// that are not left may have returned it. It fails if somebody has given it up, since then nobody has returned or can return it; or
    /// if it does not go forward and somebody cannot repeat it.
    /// </summary>
    public Verdict Decide(ulong previous)
    {
        HashSet<OperationName> forward = [], unrepeatable = [], givenUp = [], inFlight = [];
        Dictionary<OperationName, int> holders = [];
        foreach (OperationState state in _answers.Values.SelectMany(states => states))
        {
            (OperationName name, OperationProgress progress) = state;
            if (progress == OperationProgress.GivenUp) givenUp.Add(name);
            else if (progress is OperationProgress.Whole or OperationProgress.Ended) forward.Add(name);
            if (progress is OperationProgress.GivenUp or OperationProgress.Ended) continue;
            inFlight.Add(name);
            if (progress is OperationProgress.Holds or OperationProgress.HoldsUnrepeatable) holders[name] = holders.GetValueOrDefault(name) + 1;
            if (progress is not (OperationProgress.Whole or OperationProgress.Partial or OperationProgress.Holds)) unrepeatable.Add(name);
        }

        // Whoever says nothing of it has not called it, so that nobody can have returned it.
        forward.UnionWith(holders.Where(each => each.Value == _answers.Count).Select(each => each.Key));
        forward.IntersectWith(inFlight);
        givenUp.IntersectWith(inFlight);
        forward.ExceptWith(givenUp);
        unrepeatable.ExceptWith(forward);
        unrepeatable.UnionWith(givenUp);
        return new Verdict(Epoch, previous, Losses, Listed(forward), Listed(unrepeatable));
    }

    private static ImmutableArray<OperationName> Listed(HashSet<OperationName> names) =>
        [.. names.OrderBy(name => name.Origin).ThenBy(name => name.Number).Take(OperationName.MaxNamed)];
}
