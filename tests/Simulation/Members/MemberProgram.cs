using Collectives.Communication;
using Collectives.Communication.Operations;
using Collectives.Transport;
using Collectives.Transport.Progress;

namespace Collectives.Simulation.Tests.Members;

/// <summary>
/// The program that each member runs: operations, and an update whenever all know that somebody waits or that one has failed;
/// until the members agree, by a count in the result, that they want to stop. Each of its waits is a condition; it goes
/// on some time after that has come true, as a thread does that has to be woken.
/// </summary>
internal sealed class MemberProgram
{
    private readonly SimulatedMember _member;
    private readonly World _world;
    private readonly IEnumerator<Func<bool>> _steps;
    private ulong _origin;
    private ulong _next;
    private bool _begun;

    public MemberProgram(SimulatedMember member)
    {
        (_member, _world) = (member, member.World);
        _steps = Run().GetEnumerator();
    }

    /// <summary>Ends after the next operations, without a word.</summary>
    public bool IsToExit { get; set; }

    /// <summary>Leaves after the next operations.</summary>
    public bool IsToLeave { get; set; }

    /// <summary>What it is at.</summary>
    public string Doing { get; private set; } = "has not begun";

    public bool HasEnded { get; private set; }

    public bool AwaitsFirstEpoch { get; private set; } = true;

    /// <summary>Looks, after a moment, whether it can go on.</summary>
    public void Poke() => _world.Timeline.After(_world.Shape.Wake.Draw(_world.Timeline), Advance);

    public void Advance()
    {
        if (_member.IsDead || _member.IsStopped || HasEnded || (_begun && !_steps.Current())) return;
        _begun = true;
        do
        {
            if (_steps.MoveNext()) continue;
            HasEnded = true;
            return;
        }
        while (!_member.IsDead && _steps.Current());
    }

    private IEnumerable<Func<bool>> Run()
    {
        Doing = "waits for its first epoch";
        yield return () => _member.Flow.Change.HasEnded;
        AwaitsFirstEpoch = false;
        Fault fault = _member.Flow.ChangeFault;
        List<Call> carried = [];
        while (fault.IsNone)
        {
            List<Call> begun = StartCalls();
            List<Call> calls = [.. carried, .. begun.Where(call => !call.Request.IsCarried)];
            carried = [.. begun.Where(call => call.Request.IsCarried)];
            Doing = $"waits for {string.Join(", ", calls.Select(call => call.Key))}";
            yield return () => calls.TrueForAll(call => call.HasEnded);
            foreach (Call call in calls) Finish(call);
            if (calls.Find(call => EndsAll(call.Fault)) is { } last)
            {
                fault = last.Fault;
                break;
            }

            if (IsToExit || IsToLeave || (calls[^1].Fault.IsNone && calls[^1].Output[Call.WishIndex] > 0))
            {
                if (IsToExit) break;
                Doing = $"waits for {string.Join(", ", carried.Select(call => call.Key))} at the end";
                yield return () => carried.TrueForAll(call => call.HasEnded);
                foreach (Call call in carried) Finish(call);
                break;
            }

            // Of a failure between two members the others do not know, and of one of an earlier lineage newcomers.
            bool updates = calls.Exists(call => !call.Fault.IsNone && call.Request.Collective != Collective.Pair && call.Key.Origin == _origin) || calls[^1].Result.Pending > 0 || calls[^1].Result.HasBetterOrder;
            if (_world.Shape.Think.Draw(_world.Timeline) is var thinkUs and > 0)
            {
                Doing = "thinks";
                long untilUs = _world.Timeline.NowUs + thinkUs;
                _world.Timeline.After(thinkUs, Advance);
                yield return () => _world.Timeline.NowUs >= untilUs;
            }

            while (updates)
            {
                Doing = $"updates epoch {_member.Engine.Epoch!.Number}";
                Completion update = _member.Flow.BeginUpdate();
                yield return () => update.HasEnded;
                fault = _member.Flow.ChangeFault;
                _world.Trace?.Add($"{_member} has updated: epoch {_member.Engine.Epoch!.Number} {fault.Message}");
                updates = fault.Status == Status.Refused;
                if (!fault.IsNone && !updates) _world.Judge.HearUpdateFail(_member, fault);
            }
        }

        if (!fault.IsNone) _world.Trace?.Add($"{_member} ends: {fault.Status} {fault.Message}");
        if (IsToExit)
        {
            _member.Kill("exits", isSilent: false);
            yield break;
        }

        Doing = "leaves";
        bool goes = _member.Flow.Close(new Fault(Status.Left, "this member has left")).IsNone;
        using Completion done = new();
        _member.Flow.BeginFarewell(done, MembershipFlow.FarewellMs);
        yield return () => done.HasEnded;
        if (goes) _member.Session.Leave();
        _world.Trace?.Add($"{_member} has left");
    }

    private List<Call> StartCalls()
    {
        ulong origin = _member.Engine.Epoch!.Lineage.Origin;
        if (origin != _origin) (_origin, _next) = (origin, 0);
        List<Call> calls = [];
        // All members must call alike: as many as the first one's number says.
        ulong count = 1 + ((origin * 31 + _next * 7) % (ulong)_world.Shape.MostInFlight);
        for (ulong i = 0; i < count; i++)
        {
            OperationKey key = new(_origin, _next++);
            // The last one of them tells whether all go on.
            Request request = new(_world, key, _member.Engine.Epoch!.Lineage.Slots, isVote: i == count - 1);
            if (!request.Concerns(_member.Engine.Epoch!.Slot)) continue;
            Call call = new(_member, key, request, _world.IsToStop);
            calls.Add(call);
            _member.Calls.Add(call);
            _world.Judge.HearCall(call);
            _world.Trace?.Add($"{_member} calls {call.Key.Origin}/{call.Key.Number}, {request}{(call.InPlace ? ", in place" : "")}{(call.KeepsInput ? "" : ", recover none")}{(call.FailsOnLoss ? ", fails on loss" : "")}");
            call.Start();
        }

        return calls;
    }

    private void Finish(Call call)
    {
        call.Finish();
        _world.Trace?.Add($"{_member} returns {call.Key.Origin}/{call.Key.Number}: {call.Fault.Status} "
            + (call.Fault.IsNone ? $"{call.Result.Participants} participants (slots {call.Result.SlotMask:x}) in epoch {call.Result.Epoch}, {call.Result.Retries} retries, pending {call.Result.Pending}" : call.Fault.Message));
        _world.Judge.HearReturn(call);
    }

    /// <summary>Nothing that it calls can end well any more.</summary>
    private bool EndsAll(Fault fault) => !fault.IsNone && !_member.Engine.Closed.IsNone;
}
