using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Simulation.Tests.Members;
using Collectives.Transport;

namespace Collectives.Simulation.Tests.Checks;

/// <summary>Hears of everything that programs see, and says when a promise is broken.</summary>
internal sealed class Judge(World world)
{
    private Epochs _epochs = new();
    private readonly SortedDictionary<(ulong Origin, ulong Number), Outcome> _outcomes = [];

    public Tally Tally { get; } = new();

    public void HearEpoch(SimulatedMember member, Epoch? before, Epoch epoch)
    {
        world.Trace?.Add($"{member} is active in epoch {epoch.Number}: {string.Join(" ", epoch.Roster.Members.Select(one => one.Id))}");
        // Unless somebody was the first in this very epoch, and has died meanwhile.
        if (before is null && !_epochs.Knows(epoch.Roster) && world.Living.All(other => other == member || other.Engine.Epoch is null)) BeginAnew();
        _epochs.Hear(before, epoch);
    }

    public void HearCall(Call call)
    {
        if (!_outcomes.TryGetValue((call.Key.Origin, call.Key.Number), out Outcome? outcome))
            _outcomes.Add((call.Key.Origin, call.Key.Number), outcome = new Outcome(call.Key));
        outcome.Add(call);
    }

    public void HearReturn(Call call)
    {
        Outcome outcome = _outcomes[(call.Key.Origin, call.Key.Number)];
        if (call.Fault.IsNone)
        {
            Tally.Ended++;
            if (call.Result.Retries > 0) Tally.RunAgain++;
            _epochs.HearEnd(call.Result.Epoch);
            outcome.Hear(call, _epochs.RosterOf(call.Result.Epoch), _epochs.RosterOf(call.Key.Origin));
            return;
        }

        Tally.Failed++;
        if (call.KeepsInput && !call.InputIsIntact) throw new ViolationException($"{call.Member} has failed {call.Key} ({call.Fault.Status}) and its input is not as it was");
        if (!call.GuardsAreIntact) throw new ViolationException($"{call.Member} has failed {call.Key}, and has been written to beside its buffers");
        bool mayFail = call.Fault.Status switch
        {
            Status.Evicted or Status.Left or Status.Aborted => true,
            // Who had given it up because of its deadline may not be here to say so.
            Status.PeerLost => world.Shape.Unrepeatable > 0 || world.Shape.DeadlineMs > 0 || HasLostRoot(call),
            Status.Deadline => world.Shape.DeadlineMs > 0 || (call.IsExcused = IsStranded()),
            _ => false,
        };
        if (!mayFail) throw new ViolationException($"{call.Member}: {call.Key} must not fail so: {call.Fault.Status} {call.Fault.Message}");
    }

    public void HearUpdateFail(SimulatedMember member, Fault fault)
    {
        if (fault.Status is not (Status.Evicted or Status.Deadline) || member.Engine.Closed.IsNone)
            throw new ViolationException($"{member}: an update must not fail so: {fault.Status} {fault.Message}");
    }

    /// <summary>Whether a member that the call needs is not there any more.</summary>
    private bool HasLostRoot(Call call)
    {
        Roster origin = _epochs.RosterOf(call.Key.Origin);
        return call.Request.HasRoot && (IsGone(origin[call.Request.Root].Id) || (call.Request.Collective == Collective.Pair && IsGone(origin[call.Request.Partner].Id)));

        bool IsGone(MemberId id) => world.Members.First(member => member.Id == id) is var member
            && (member.IsDead || member.IsLeaving || !member.Engine.Closed.IsNone || _epochs.IsLeftBehind(id, call.Key.Origin) || call.Member.Engine.Epoch!.Roster.RankOf(id) < 0);
    }

    /// <summary>Nobody is left of the group that was: a coordinator that does not know of it counts from 1 again.</summary>
    private void BeginAnew()
    {
        foreach (Outcome outcome in _outcomes.Values) outcome.Conclude(_epochs);
        _epochs.Conclude();
        Tally.Epochs += _epochs.Count;
        Tally.Reordered += _epochs.Reordered;
        Tally.WithSeveralRings += _epochs.WithSeveralRings;
        _outcomes.Clear();
        _epochs = new Epochs();
    }

    /// <summary>The run is over.</summary>
    public void Conclude()
    {
        BeginAnew();
        Tally.Evicted += world.Members.Count(member => member.Engine.Closed.Status == Status.Evicted);
        Tally.Runs++;
        foreach (SimulatedMember member in world.Members.Where(member => member is { IsDead: false, Program.HasEnded: true })) CheckMemory(member);
        SimulatedMember[] waiting = world.Living.ToArray();
        if (waiting.Length == 0) return;
        if (IsStranded())
        {
            Tally.Stranded++;
            return;
        }

        throw new ViolationException("these wait for ever: " + string.Join("; ", waiting.Select(member =>
            $"{member} {member.Program.Doing} (session {member.Session.Phase}, epoch {member.Engine.Epoch?.Number ?? 0})")));
    }

    /// <summary>Whoever has ended has given everything back.</summary>
    private static void CheckMemory(SimulatedMember member)
    {
        OperationEngine engine = member.Engine;
        if (engine.OpenOperations > 0) throw new ViolationException($"{member} has ended, and {engine.OpenOperations} of its operations have not");
        if (engine.ScratchInUse > 0) throw new ViolationException($"{member} has ended with {engine.ScratchInUse} blocks of scratch memory leased");
        if (engine.KeptMemory.Rented > 0) throw new ViolationException($"{member} has ended with {engine.KeptMemory.Rented} regions of memory rented");
    }

    /// <summary>
    /// A coordinator that knows nothing takes an epoch up from most of its members only, and forms none beside one that is known to
    /// exist. If too few are left, or none, the rest wait until their deadlines, which are longer than a run.
    /// </summary>
    private bool IsStranded()
    {
        if (world.Coordinators.Count == 1 && world.Coordinators[0].Starts == 1) return false;
        Epoch? highest = world.Living.Select(member => member.Engine.Epoch).MaxBy(epoch => epoch?.Number ?? 0);
        return highest is null || 2 * world.Living.Count(member => highest.Roster.RankOf(member.Id) >= 0) <= highest.World;
    }
}
