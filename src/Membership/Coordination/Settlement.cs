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
    /// An operation goes forward if anybody who is left holds its result: members that are not left may have returned it. It
    /// fails if somebody has given it up, since then nobody has returned or can return it; or if nobody holds the result
    /// and somebody cannot repeat it.
    /// </summary>
    public Verdict Decide(ulong previous)
    {
        HashSet<OperationName> whole = [], unrepeatable = [], givenUp = [], inFlight = [];
        foreach (OperationState state in _answers.Values.SelectMany(states => states))
        {
            if (state.Progress == OperationProgress.GivenUp)
            {
                givenUp.Add(state.Name);
                continue;
            }

            if (state.Progress == OperationProgress.Ended)
            {
                // Everybody holds the result, or its own part of it.
                whole.Add(state.Name);
                continue;
            }

            inFlight.Add(state.Name);
            if (state.Progress == OperationProgress.Whole) whole.Add(state.Name);
            else if (state.Progress != OperationProgress.Partial) unrepeatable.Add(state.Name);
        }

        givenUp.IntersectWith(inFlight);
        whole.IntersectWith(inFlight);
        whole.ExceptWith(givenUp);
        unrepeatable.ExceptWith(whole);
        unrepeatable.UnionWith(givenUp);
        return new Verdict(Epoch, previous, Losses, Listed(whole), Listed(unrepeatable));
    }

    private static ImmutableArray<OperationName> Listed(HashSet<OperationName> names) =>
        [.. names.OrderBy(name => name.Origin).ThenBy(name => name.Number).Take(OperationName.MaxNamed)];
}
