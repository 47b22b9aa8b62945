using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Transport;
using Collectives.Transport.Faults;

namespace Collectives.Communication;

/// <summary>Operations stand still when members are lost or late, and go on without them.</summary>
internal sealed partial class MembershipFlow
{
    /// <summary>Members are lost: all operations stand still until the verdict.</summary>
    private void Freeze(Settle settle)
    {
        _lost.UnionWith(settle.Losses.Select(loss => loss.Member));
        if (!_closed.IsNone || _engine.Epoch is null || settle.Epoch <= _engine.Epoch.Number) return;
        FaultHook.Pass(FaultPoint.Settling);
        foreach (Epoch epoch in Running()) epoch.FrozenFor = settle.Epoch;
        _session!.Settled(new Settled(settle.Epoch, [.. _engine.Freeze()]));
        FaultHook.Pass(FaultPoint.Settled);
    }

    /// <summary>Epochs go on without the members that were lost.</summary>
    private void GoOn(Verdict verdict)
    {
        // It may come twice, over an old session and a new one.
        if (!_closed.IsNone || _engine.Epoch is null || verdict.Epoch <= _engine.Epoch.Number) return;
        FaultHook.Pass(FaultPoint.Verdict);
        HashSet<MemberId> lost = [.. verdict.Losses.Select(loss => loss.Member)];
        HashSet<OperationKey> forward = [.. verdict.Forward.Select(KeyOf)];
        HashSet<OperationKey> fail = [.. verdict.Fail.Select(KeyOf)];
        (_previous, _hasFailures, _verdict) = (verdict.Previous, _hasFailures || verdict.Fail.Length > 0, verdict);
        _engine.LoseKeepers(lost);
        Dictionary<Epoch, Epoch> successors = [];
        // Whole epochs first: parts of them are parts of what they go on as.
        foreach (Epoch epoch in Running().OrderBy(epoch => epoch.IsPart).ToArray())
        {
            Epoch next = epoch.Without(lost, verdict.Epoch, epoch.IsPart ? SuccessorOf(epoch.Whole) : null);
            successors[epoch] = next;
            _epochs.Add(next);
            Connect(next);
            _engine.Resume(epoch, next, forward, fail, Describe(epoch, verdict.Losses));
            Retire(epoch);
            // An older epoch lives for its operations only.
            if (next != _engine.Epoch) Retire(next);
        }

        Publish();
        FaultHook.Pass(FaultPoint.Resumed);
        if (_changing && _engine.Epoch.Rank >= 0) AskForUpdate();

        Epoch SuccessorOf(Epoch whole) => successors.TryGetValue(whole, out Epoch? next) ? next : successors[whole] = whole.Without(lost, verdict.Epoch);
    }

    /// <summary>An operation that has passed its deadline goes on, or not, without those that had not called it.</summary>
    private void Obey(Ruling ruling)
    {
        OperationKey key = KeyOf(ruling.Name);
        Operation? operation = _engine.StandingStill(key);
        if (!_closed.IsNone || _engine.Epoch is not { } current) return;
        HashSet<MemberId> leftOut = [.. ruling.LeftOut];
        Epoch epoch = operation?.Epoch ?? current;
        if (leftOut.Contains(_self))
        {
            if (ruling.Outcome != RulingOutcome.WithoutLate || operation is { HasRun: true }) return;
            RosterMember keeper = epoch.Roster.Members.First(member => !leftOut.Contains(member.Id));
            Epoch delivery = epoch.WithKeeper(keeper, ruling.Number);
            delivery.Attach(0, epoch.Peers[epoch.Roster.RankOf(keeper.Id)]!);
            _engine.BeLate(key, delivery, operation);
            return;
        }

        bool fails = ruling.Outcome is not (RulingOutcome.Forward or RulingOutcome.WithoutLate);
        if (operation is null)
        {
            // A member that only receives would say nothing that the others could answer.
            if (fails) _engine.FailWhenCalled(key, new Fault(Status.Deadline, $"{key} has passed its deadline before this member called it: {ruling.Text}"));
            return;
        }

        if (fails)
        {
            _engine.Fail(operation, new Fault(Status.Deadline, $"{key} ({operation.Signature}) has passed its deadline: {ruling.Text}"));
            return;
        }

        Epoch next = epoch.Without(leftOut, ruling.Number, epoch.Whole);
        _epochs.Add(next);
        Connect(next);
        if (leftOut.Count > 0 && next.Rank == 0)
            _engine.KeepFor(key, next, leftOut.Select(epoch.Roster.RankOf).Where(rank => rank >= 0).Select(rank => epoch.Peers[rank]!));
        _engine.GoOn(operation, next, ruling.Outcome == RulingOutcome.Forward);
        Retire(next);
    }

    private static OperationKey KeyOf(OperationName name) => new(name.Origin, name.Number);

    /// <summary>All epochs but the one that forms.</summary>
    private IEnumerable<Epoch> Running() => _epochs.Where(epoch => epoch != _forming);

    private static Fault Describe(Epoch epoch, IReadOnlyList<Loss> losses)
    {
        IEnumerable<string> words = losses.Where(loss => epoch.Roster.RankOf(loss.Member) >= 0).Select(loss =>
            epoch.Describe(epoch.Roster.RankOf(loss.Member)) + (loss.Reason == LossReason.Left ? " has left" : $" was lost ({loss.Reason}: {loss.Text})"));
        string lost = string.Join("; ", words);
        return new Fault(Status.PeerLost, lost.Length > 0
            ? lost + "; the others go on without"
            : "a member was thought to be lost, and another one has given the operation up meanwhile or cannot begin it again");
    }
}
