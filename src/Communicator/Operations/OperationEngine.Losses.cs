using Collectives.Communication.Recording;
using Collectives.Membership.Messages;
using Collectives.Transport;
using Collectives.Transport.Progress;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>Operations when members are lost, or when one of them cannot go on.</summary>
internal sealed unsafe partial class OperationEngine
{
    /// <summary>The argument of a done frame that speaks for all members, not for its sender alone.</summary>
    private const ulong EndedWell = 1;

    /// <summary>Lineages that other members may still be in.</summary>
    private const int MaxLineages = 8;

    private readonly List<Lineage> _lineages = [];

    /// <summary>
    /// Stops all operations of epochs that are frozen, and says of each how far it came. From here to <see cref="Resume"/>
    /// that stays so.
    /// </summary>
    public List<OperationState> Freeze()
    {
        List<OperationState> states = [];
        HashSet<Lineage> lineages = [];
        foreach (Lineage lineage in _lineages) lineage.AskedFor.Clear();
        if (_epoch is { IsFrozen: true }) lineages.Add(_epoch.Lineage);
        foreach (Operation operation in _list)
        {
            if (!operation.Epoch.IsFrozen) continue;
            lineages.Add(operation.Epoch.Lineage);
            operation.Freeze();
            states.Add(StateOf(operation.Key, ProgressOf(operation)));
        }

        // Others may still be in an operation of an earlier lineage when nothing of that is in flight here. A message takes so many and no
        // more: the latest first, and of failures those that fit, since members that run such an operation again are answered so.
        for (int i = _lineages.Count - 1; i >= 0; i--) Say(_lineages[i].Ended, OperationProgress.Ended);
        foreach (Lineage lineage in lineages) Say(lineage.Doomed, OperationProgress.GivenUp);
        DropStaleFrames();
        return states;

        void Say(IEnumerable<OperationKey> keys, OperationProgress progress)
        {
            foreach (OperationKey key in keys.Take(Math.Max(0, Settled.MaxStates - states.Count))) states.Add(StateOf(key, progress));
        }
    }

    /// <summary>Operations of the frozen epoch go on in its successor, as the verdict says.</summary>
    public void Resume(Epoch frozen, Epoch next, IReadOnlySet<OperationKey> forward, IReadOnlySet<OperationKey> fail, Fault loss)
    {
        if (ReferenceEquals(_epoch, frozen))
        {
            _epoch = next;
            Recorder.Epoch(FlightEventKind.EpochActive, next.Number, next.Rank, next.World);
        }

        foreach (OperationKey key in fail)
        {
            if (key.Origin == next.Lineage.Origin) next.Lineage.Doom(key, loss);
        }

        foreach (Operation operation in _list.Where(operation => ReferenceEquals(operation.Epoch, frozen)).ToArray())
        {
            // The end of an earlier one may have closed everything.
            if (!operation.IsOpen) continue;
            if (fail.Contains(operation.Key))
            {
                Fail(operation, loss);
                continue;
            }

            bool goesForward = forward.Contains(operation.Key);
            if (!goesForward && operation.LostRoot(next) is var lost and >= 0)
            {
                Fault gone = RootIsLost(operation, lost);
                Fail(operation, gone with { Message = $"{gone.Message}: {loss.Message}" });
                continue;
            }

            next.OpenOperations++;
            if (goesForward || operation.HasRun) Recorder.OperationGoesOn(goesForward ? FlightEventKind.OperationForward : FlightEventKind.OperationRunAgain, operation);
            if (!goesForward && operation.HasRun) _phases.TakeBack(operation.PutBack());
            if (goesForward) GoForward(operation, next);
            else Run(operation, next);
            frozen.OpenOperations--;
        }

        DropStaleFrames();
    }

    /// <summary>This member cannot go on with the operation, and tells the others, who cannot end it without this one.</summary>
    public void GiveUp(Operation operation, Fault fault)
    {
        OutgoingFrame frame = default;
        operation.FillHeader(ref frame);
        FillGiveUp(ref frame, fault.Status);
        foreach (Peer? peer in operation.Others) peer?.Link.Post(frame);
        Fail(operation, fault);
    }

    /// <summary>The same, when what is being done for its current run has been done.</summary>
    public void GiveUpSoon(Operation operation, Fault fault) => Loop.Post(new Surrender(operation, operation.Generation, fault));

    private sealed class Surrender(Operation operation, uint generation, Fault fault) : ILoopMessage
    {
        public void Run()
        {
            if (operation.IsOpen && operation.Generation == generation) operation.Engine.GiveUp(operation, fault);
        }
    }

    private void GoForward(Operation operation, Epoch next)
    {
        uint generation = operation.Generation;
        operation.GoForward(next);
        if (operation.Generation == generation + 1) _early.Release(new RunKey(next.Number, operation.Key), this);
    }

    /// <summary>Another member has given the operation up.</summary>
    private void HearGiveUp(Operation operation, int rank, in FrameHeader header)
    {
        Status status = (Status)(int)(long)header.Argument;
        if (!Enum.IsDefined(status) || status >= Status.Ok) status = Status.Internal;
        // Told on, since not all members have a link to that one.
        GiveUp(operation, new Fault(status, $"{operation.Key} ({operation.Signature}): {operation.Epoch.Describe(rank)} has given it up (status {(int)status})"));
    }

    /// <summary>
    /// A member runs an operation that has ended here, and does not know that yet: it is told how. What has ended well
    /// somewhere is held by everybody (<see cref="EndedWell"/>).
    /// </summary>
    private void AnswerLate(Peer peer, in FrameHeader header, OperationKey key)
    {
        if (_lineages.Find(lineage => lineage.Origin == key.Origin) is not { } known || !known.HasBegun(key) || known.HasLeft(key) || _open.ContainsKey(key)) return;
        bool doomed = known.IsDoomed(key, out Fault fault);
        if (!doomed && header.Kind == FrameKind.Fetch)
        {
            // A late member asks for a result that is not kept any more.
            doomed = true;
            fault = new Fault(Status.Deadline, "");
        }

        if (header.Kind is FrameKind.GiveUp or FrameKind.Refuse || (!doomed && (header.Kind != FrameKind.Done || header.Argument == EndedWell))) return;
        // It may have ended without that member, whose link is still up for an epoch that forms. Members of the active epoch
        // were in the run that it ended in.
        if (!doomed && _epoch?.Roster.RankOf(peer.Id) is null or < 0) return;
        OutgoingFrame frame = new() { Lease = OutgoingFrame.NoLease };
        frame.Header.Epoch = header.Epoch;
        frame.Header.SinceOrigin = header.SinceOrigin;
        frame.Header.Operation = header.Operation;
        frame.Header.Signature = header.Signature;
        if (doomed) FillGiveUp(ref frame, fault.Status);
        else FillEndedWell(ref frame, known.AdmissionAtEndOf(key));
        peer.Link.Post(frame);
    }

    /// <summary>The operation has ended well on another member, so that everybody holds the result.</summary>
    private void HearEnd(Operation operation, in FrameHeader header)
    {
        if (!operation.HoldsResult)
        {
            FramesDropped++;
            return;
        }

        operation.Hear(new AdmissionHint(header.Admission));
        // Told on, since not all members have a link to one where it has ended.
        OutgoingFrame frame = default;
        operation.FillHeader(ref frame);
        FillEndedWell(ref frame, operation.Admission);
        foreach (Peer? peer in operation.Others) peer?.Link.Post(frame);
        Commit(operation);
    }

    private static void FillEndedWell(ref OutgoingFrame frame, AdmissionHint admission)
    {
        frame.Header.Kind = FrameKind.Done;
        frame.Header.Admission = admission.Bits;
        frame.Header.Argument = EndedWell;
    }

    private static void FillGiveUp(ref OutgoingFrame frame, Status status)
    {
        frame.Header.Kind = FrameKind.GiveUp;
        frame.Header.Argument = (ulong)(long)(int)status;
    }

    /// <summary>
    /// The deadline has passed. As long as this member does not hold its result it can give up, for nobody has ended well; or
    /// has the coordinator find out who has not called the operation at all. Once it holds the result others may have ended
    /// well, and it has to know: it has the coordinator ask all, then complains of the one that keeps it waiting, and if
    /// that doesn't help either, it can't stay with the others.
    /// </summary>
    private void Expire(Operation late, long nowMs)
    {
        string passed = late.HasOwnDeadline ? $"did not end within its deadline of {late.AllowedMs} ms" : $"has stood still for {late.AllowedMs} ms";
        Fault fault = new(Status.Deadline, $"{late.Key} ({late.Signature}) {passed}: {late.DescribeProgress()}");
        int expiries = late.Extend(nowMs);
        if (late.IsFrozen)
        {
            if (expiries > 2) LinkListener?.CannotStay(fault);
        }
        else if (!late.HoldsResult && !late.Follows)
        {
            if (expiries > 1 || late.Work.Options.OnLate == OnLate.Wait || late.Keeper is not null) GiveUp(late, fault);
            else LinkListener?.IsLate(late, late.Work.Options.OnLate == OnLate.Evict ? LatePolicy.Evict : LatePolicy.Proceed, fault.Message);
        }
        else if (expiries == 1)
        {
            // Who holds a part that takes nothing of the others' (a root that sends, say) may be the only one that has called it.
            LinkListener?.IsLate(late, !late.CanServe && late.Work.Options.OnLate == OnLate.Evict ? LatePolicy.Evict : LatePolicy.Ask, fault.Message);
        }
        else if (expiries == 2)
        {
            if (late.AwaitedRank is var rank and >= 0) LinkListener?.KeepsWaiting(late.Epoch, rank, fault.Message);
        }
        else
        {
            LinkListener?.CannotStay(fault);
        }
    }

    private static OperationProgress ProgressOf(Operation operation)
    {
        if (operation.CanServe) return OperationProgress.Whole;
        bool holds = operation.HoldsResult && !operation.Follows;
        return operation.CanRunAgain
            ? holds ? OperationProgress.Holds : OperationProgress.Partial
            : holds ? OperationProgress.HoldsUnrepeatable : OperationProgress.Unrepeatable;
    }

    private static OperationState StateOf(OperationKey key, OperationProgress progress) => new(new OperationName(key.Origin, key.Number), progress);

    /// <summary>
    /// Frames that came early for runs that will not be. An operation may have ended here, in the run before, after a member that had
    /// heard of the next run sooner began it there: it is answered like one whose frame comes now.
    /// </summary>
    private void DropStaleFrames() =>
        _early.Drop((run, _) => IsStale(run.Epoch, run.Operation), (run, peer, header) => AnswerLate(peer, header, run.Operation));
}
