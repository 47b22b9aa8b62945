using System.Collections.Immutable;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>What members say of an operation that has passed its deadline, and what follows from it.</summary>
internal sealed class Inquiry(ulong number, Late late, long dueAt)
{
    private readonly Dictionary<MemberId, OperationProgress> _answers = [];

    public Late Late { get; } = late;

    /// <summary>When those that have not answered are lost.</summary>
    public long DueAt { get; private set; } = dueAt;

    public Inquire Question => new(number, Late.Name);

    /// <summary>For those that have not answered, without whom the others could not go on.</summary>
    public void WaitUntil(long until) => DueAt = until;

    public bool HasAnswer(MemberId member) => _answers.ContainsKey(member);

    public void Answer(MemberId member, ulong to, OperationProgress progress)
    {
        if (to == number) _answers.TryAdd(member, progress);
    }

    /// <summary>Members that have not called the operation.</summary>
    public ImmutableArray<MemberId> Absent => [.. _answers.Where(answer => answer.Value == OperationProgress.NotBegun).Select(answer => answer.Key)];

    /// <summary>
    /// As in a settlement, what somebody holds or has returned goes forward, and what somebody has given up fails. Otherwise those
    /// that have called it may go on without the absent: if there are any (those that are all there and do not move
    /// are no better off without one of them), if enough are left, and if all of these can begin again.
    /// </summary>
    /// <param name="leavesTooFew">Whether the group could never go on without so many members.</param>
    public Ruling Decide(Func<int, bool> leavesTooFew)
    {
        ImmutableArray<MemberId> absent = Absent;
        int present = _answers.Values.Count(progress => progress is OperationProgress.Partial or OperationProgress.Unrepeatable or OperationProgress.Holds or OperationProgress.HoldsUnrepeatable);
        if (Some(OperationProgress.GivenUp)) return Rule(RulingOutcome.Fail, "a member has given it up");
        if (Some(OperationProgress.Whole) || Some(OperationProgress.Ended) || AllHoldTheirs()) return Rule(RulingOutcome.Forward, "");
        if (Late.Policy == LatePolicy.Ask) return Rule(RulingOutcome.Fail, $"no member holds the result: {Late.Text}");
        if (absent.IsEmpty) return Rule(RulingOutcome.Fail, $"all members have called it, and it does not move: {Late.Text}");
        if (present < Late.MinParticipants) return Rule(RulingOutcome.Fail, $"{present} members have called it, at least {Late.MinParticipants} are wanted: {Late.Text}");
        if (Some(OperationProgress.Unrepeatable) || Some(OperationProgress.HoldsUnrepeatable)) return Rule(RulingOutcome.Fail, $"a member has given its input up or wants no retry: {Late.Text}");
        if (Late.Policy == LatePolicy.Evict && leavesTooFew(absent.Length)) return Rule(RulingOutcome.Fail, $"without the late ones the others would be no majority: {Late.Text}");
        return new Ruling(number, Late.Name, RulingOutcome.WithoutLate, absent, Late.Text);
    }

    private bool AllHoldTheirs() => _answers.Values.Where(progress => progress != OperationProgress.NotConcerned).DefaultIfEmpty(OperationProgress.NotBegun)
        .All(progress => progress is OperationProgress.Holds or OperationProgress.HoldsUnrepeatable);

    private bool Some(OperationProgress progress) => _answers.ContainsValue(progress);

    private Ruling Rule(RulingOutcome outcome, string text) => new(number, Late.Name, outcome, [], text);
}
