using Collectives.Communication;
using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Simulation.Tests.Members;
using Collectives.Transport;

namespace Collectives.Simulation.Tests.Checks;

/// <summary>
/// One operation as all members have seen it: all or nothing, and what follows from the inputs of exactly those that took part. Some
/// (not <see cref="Request.EndsAlike"/>) may have ended otherwise on members that die.
/// </summary>
internal sealed class Outcome(OperationKey key)
{
    private readonly Dictionary<MemberId, Call> _calls = [];
    private readonly List<Call> _good = [];

    public void Add(Call call) => _calls.Add(call.Member.Id, call);

    /// <summary>A member has returned it with a result.</summary>
    /// <param name="origin">The roster that the lineage began with.</param>
    public void Hear(Call call, Roster roster, Roster origin)
    {
        _good.Add(call);
        if (call.Request.EndsAlike && _good.Count > 1) Compare(_good[0], call);
        CheckValues(call, roster, origin);
    }

    /// <summary>Nobody returns any more.</summary>
    public void Conclude(Epochs epochs)
    {
        Call[] bound = [.. _good.Where(call => IsBound(call, epochs))];
        foreach (Call call in bound) Compare(bound[0], call);
        if (_good.Find(call => call.Request.EndsAlike) is not { } first)
        {
            if (bound.Length == 0) return;
            first = bound[0];
        }

        Roster roster = epochs.RosterOf(first.Result.Epoch);
        HashSet<MemberId> participants = ParticipantsOf(first, roster);
        foreach (Call call in _calls.Values)
        {
            // Who was evicted, or has left, is not bound to the others any more, even if it does not know yet; nor is one whose late
            // call nobody could answer.
            if (call.Fault.IsNone || call.IsExcused || call.Fault.Status is Status.Left or Status.Aborted || call.Member.Engine.Closed.Status == Status.Evicted || roster.RankOf(call.Member.Id) < 0) continue;
            if (epochs.IsLeftBehind(call.Member.Id, call.Member.Engine.Epoch!.Number)) continue;
            if (!call.Request.EndsAlike && call.Member.IsDead) continue;
            if (call.Fault.Message.Contains("has left them", StringComparison.Ordinal) || !participants.Contains(call.Member.Id) && call.Fault.Message.Contains("late", StringComparison.Ordinal)) continue;
            throw new ViolationException($"{key}: {Describe(first)}, and on {call.Member} it has failed: {call.Fault.Status} {call.Fault.Message}");
        }
    }

    /// <summary>It lives, and goes on with the others.</summary>
    private static bool IsBound(Call call, Epochs epochs) => call.Member is var member
        && !member.IsDead && !member.HasLeftOthers && !(member.IsLeaving && (call.Request.IsCarried || call.Request.Collective == Collective.Pair)) && member.Engine.Closed.Status != Status.Evicted && !epochs.IsLeftBehind(member.Id, member.Engine.Epoch!.Number);

    private void Compare(Call first, Call call)
    {
        if (call.Result.Participants != first.Result.Participants || call.Result.ParticipantMask != first.Result.ParticipantMask || call.Result.Epoch != first.Result.Epoch
            || call.Result.SlotMask != first.Result.SlotMask)
            throw new ViolationException($"{key}, {call.Request}: {Describe(first)}, {Describe(call)}");
        if (call.Result.Algorithm != first.Result.Algorithm) throw new ViolationException($"{key}: {first.Member} has run {first.Result.Algorithm}, {call.Member} {call.Result.Algorithm}");
        if (call.Result.HasBetterOrder != first.Result.HasBetterOrder)
            throw new ViolationException($"{key}, {call.Request}: {first.Member} and {call.Member} were not both told of a better order");
        if (call.Result.Pending != first.Result.Pending)
            throw new ViolationException($"{key}, {call.Request}: {first.Member} was told of {first.Result.Pending} pending members, {call.Member} of {call.Result.Pending}");
    }

    private void CheckValues(Call call, Roster roster, Roster origin)
    {
        if (!call.GuardsAreIntact) throw new ViolationException($"{key}, {call.Request}: {call.Member} has been written to beside its buffers");
        if (!call.InPlace && !call.InputIsIntact) throw new ViolationException($"{key}, {call.Request}: the input of {call.Member} is not as it was");
        HashSet<MemberId> participants = ParticipantsOf(call, roster);
        ulong slots = 0;
        for (int slot = 0; slot < Math.Min(64, origin.World); slot++)
        {
            if (participants.Contains(origin[slot].Id)) slots |= 1UL << slot;
        }

        if (call.Result.SlotMask != slots) throw new ViolationException($"{key}: {Describe(call)}, and the participants have the slots {slots:x}");
        Request request = call.Request;
        if (request.HasRoot && request.Collective != Collective.Pair && !participants.Contains(origin[request.Root].Id)) throw new ViolationException($"{key}, {request}: {Describe(call)}, without its root");
        long[] expected = new long[call.Output.Length];
        switch (request.Collective)
        {
            case Collective.AllReduce:
            case Collective.ReduceScatter:
            case Collective.Reduce when call.Slot == request.Root:
                foreach (MemberId participant in participants)
                {
                    ReadOnlySpan<long> input = Of(participant).Input;
                    if (request.Collective == Collective.ReduceScatter) input = input[request.Start(call.Slot, call.Slot, isSent: true)..];
                    for (int i = 0; i < expected.Length; i++) expected[i] += input[i];
                }

                break;
            case Collective.AllGather:
            case Collective.AllToAll:
            case Collective.Gather when call.Slot == request.Root:
                for (int from = 0; from < origin.World; from++)
                {
                    if (!participants.Contains(origin[from].Id)) continue;
                    Of(origin[from].Id).Input.AsSpan(request.Collective == Collective.AllToAll ? request.Start(from, call.Slot, isSent: true) : 0, request.Length(from, call.Slot))
                        .CopyTo(expected.AsSpan(request.Start(call.Slot, from, isSent: false)));
                }

                break;
            case Collective.Broadcast:
            case Collective.Scatter:
            case Collective.Pair when call.Slot == request.Partner:
                Of(origin[request.Root].Id).Input.AsSpan(request.Collective == Collective.Scatter ? request.Start(request.Root, call.Slot, isSent: true) : 0, expected.Length).CopyTo(expected);
                break;
        }

        int wrong = expected.AsSpan().CommonPrefixLength(call.Output);
        if (wrong < expected.Length)
            throw new ViolationException($"{key}, {request}: {Describe(call)}, and element {wrong} of {expected.Length} is not that of {string.Join(" ", participants)}: {call.Output[wrong]}, not {expected[wrong]}");

        Call Of(MemberId participant) => _calls.TryGetValue(participant, out Call? one) ? one
            : throw new ViolationException($"{key}: {Describe(call)}, with {participant}, which has not called it");
    }

    private static HashSet<MemberId> ParticipantsOf(Call call, Roster roster)
    {
        // The mask has the first 64 ranks.
        OperationResult result = call.Result;
        ulong mask = result.ParticipantMask;
        HashSet<MemberId> participants = [];
        for (int rank = 0; rank < roster.World; rank++)
        {
            if (rank >= 64 || (mask & (1UL << rank)) != 0) participants.Add(roster[rank].Id);
        }

        // The other one may be lost by the time that the sender, say, goes forward alone.
        return participants.Count == result.Participants ? participants
            : throw new ViolationException($"epoch {result.Epoch}: {call.Request}: {result.Participants} participants, and the mask {mask:x} shows {participants.Count} of {roster.World}");
    }

    private static string Describe(Call call) =>
        $"{call.Member} has returned it with {call.Result.Participants} participants ({call.Result.ParticipantMask:x}, slots {call.Result.SlotMask:x}) in epoch {call.Result.Epoch} after {call.Result.Retries} retries";
}
