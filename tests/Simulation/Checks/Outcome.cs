using Collectives.Communication;
using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Simulation.Tests.Members;
using Collectives.Transport;

namespace Collectives.Simulation.Tests.Checks;

/// <summary>One operation as all members have seen it: all or nothing, and the sum of exactly those that took part.</summary>
internal sealed class Outcome(OperationKey key)
{
    private Call? _first;
    private Roster _roster = null!;
    private HashSet<MemberId> _participants = [];

    public List<Call> Calls { get; } = [];

    /// <summary>A member has returned it with a result.</summary>
    public void Compare(Call call, Roster roster)
    {
        if (_first is null)
        {
            (_first, _roster) = (call, roster);
            _participants = ParticipantsOf(call.Result, roster);
            CheckSum();
            return;
        }

        if (call.Result.Participants != _first.Result.Participants || call.Result.ParticipantMask != _first.Result.ParticipantMask || call.Result.Epoch != _first.Result.Epoch)
            throw new ViolationException($"{key}: {Describe(_first)}, {Describe(call)}");
        if (!call.Output.AsSpan().SequenceEqual(_first.Output)) throw new ViolationException($"{key}: {_first.Member} and {call.Member} have returned different results");
        if (call.Result.HasBetterOrder != _first.Result.HasBetterOrder)
            throw new ViolationException($"{key}: {_first.Member} and {call.Member} were not both told of a better order");
        if (call.Result.Pending != _first.Result.Pending)
            throw new ViolationException($"{key}: {_first.Member} was told of {_first.Result.Pending} pending members, {call.Member} of {call.Result.Pending}");
    }

    /// <summary>Nobody returns any more.</summary>
    public void Conclude(Epochs epochs)
    {
        if (_first is null) return;
        foreach (Call call in Calls)
        {
            // Who was evicted, or has left, is not bound to the others any more, even if it does not know yet; nor is one whose late
            // call nobody could answer.
            if (call.Fault.IsNone || call.IsExcused || call.Fault.Status is Status.Left or Status.Aborted || call.Member.Engine.Closed.Status == Status.Evicted || _roster.RankOf(call.Member.Id) < 0) continue;
            if (epochs.IsLeftBehind(call.Member.Id, call.Member.Engine.Epoch!.Number)) continue;
            if (call.Fault.Message.Contains("has left them", StringComparison.Ordinal) || !_participants.Contains(call.Member.Id) && call.Fault.Message.Contains("late", StringComparison.Ordinal)) continue;
            throw new ViolationException($"{key}: {Describe(_first)}, and on {call.Member} it has failed: {call.Fault.Status} {call.Fault.Message}");
        }
    }

    private void CheckSum()
    {
        long[] sum = new long[_first!.Output.Length];
        foreach (MemberId participant in _participants)
        {
            Call call = Calls.Find(one => one.Member.Id == participant)
                ?? throw new ViolationException($"{key}: {Describe(_first)}, with {participant}, which has not called it");
            for (int i = 0; i < sum.Length; i++) sum[i] += call.Input[i];
        }

        if (!sum.AsSpan().SequenceEqual(_first.Output))
            throw new ViolationException($"{key}: {Describe(_first)}, and the result is not the sum of {string.Join(" ", _participants)}");
    }

    private static HashSet<MemberId> ParticipantsOf(in OperationResult result, Roster roster)
    {
        // The mask has the first 64 ranks.
        ulong mask = result.ParticipantMask;
        HashSet<MemberId> participants = [];
        for (int rank = 0; rank < roster.World; rank++)
        {
            if (rank >= 64 || (mask & (1UL << rank)) != 0) participants.Add(roster[rank].Id);
        }

        return participants.Count == result.Participants ? participants
            : throw new ViolationException($"epoch {result.Epoch}: {result.Participants} participants, and the mask {mask:x} shows {participants.Count} of {roster.World}");
    }

    private static string Describe(Call call) =>
        $"{call.Member} has returned it with {call.Result.Participants} participants ({call.Result.ParticipantMask:x}) in epoch {call.Result.Epoch} after {call.Result.Retries} retries";
}
