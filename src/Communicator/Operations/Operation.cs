using System.Diagnostics;
using Collectives.Algorithms.Reduction;
using Collectives.Transport;
using Collectives.Transport.Faults;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// One collective in progress, from its call to its end. Pooled: an operation object serves one call after the other.
/// Belongs to the loop.
/// <code>
///   Begin --> runs (data phase, then all-done) --> ends, committed
///              |  ^                          \
///       Freeze |  | RunAgain, GoForward       --> ends, failed: the input is as it was
///              v  |
///            frozen: members were lost, and it is being settled how to go on
/// </code>
/// A frozen operation takes no data and sends none: what it has told the coordinator of itself stays true until the verdict.
/// (One that holds the result may still hear that all others do, and end well: no verdict can say otherwise then.) It is run again from its input, in an epoch without the lost members; or, if a survivor holds the
/// whole result, those that lack pieces of it fetch them (<see cref="Repair"/>).
/// </summary>
internal sealed unsafe class Operation : IFrameSource
{
    private readonly RankMarks _marks = new();
    private readonly Repair _repair = new();
    private AllDone _allDone;
    private DataPhase _phase = null!;
    private bool _refused;
    private bool _goesForward;
    private int _expiries;
    private long _movedAtMs;
    private long _movedBytes;

    public Operation(OperationEngine engine)
    {
        Engine = engine;
        Kept = new KeptInput(engine.KeptMemory);
    }

    public OperationEngine Engine { get; }
    public KeptInput Kept { get; }
    public byte* Send { get; private set; }
    public byte* Receive { get; private set; }
    public Reducer Reducer { get; private set; } = null!;
    public double Weight { get; private set; }
    public bool KeepsInput { get; private set; }
    public OperationKey Key { get; private set; }
    public Epoch Epoch { get; private set; } = null!;
    public CallSignature Signature { get; private set; }
    public uint SignatureHash { get; private set; }
    public Work Work { get; private set; } = null!;
    /// <summary>When it is to end at the latest; without a deadline of its own, when it is to have moved.</summary>
    public long DeadlineMs { get; private set; }

    /// <summary>Whether anything has happened to it since it was called.</summary>
    public bool HasRun => _phase is not null;

    public long TxBytes { get; private set; }
    public long RxBytes { get; set; }
    public int Index { get; set; }

    public ulong Order { get; private set; }

    /// <summary>Tells runs apart: what was placed or sent for an earlier one is none of this one's.</summary>
    public uint Generation { get; private set; }

    public bool IsOpen { get; private set; }

    public bool IsFrozen { get; private set; }

    /// <summary>This member holds the whole result.</summary>
    public bool HoldsResult { get; private set; }

    /// <summary>Lanes that are receiving into this operation's memory.</summary>
    public int OpenPlacements { get; set; }

    /// <summary>Frames of it were given back by broken lanes, and are sent a second time.</summary>
    public bool WasSentTwice { get; set; }

    /// <summary>What an update would change, and runs after the first: the most that any participant knows of.</summary>
    public AdmissionHint Admission { get; private set; }

    public int Retries { get; private set; }

    public bool IsAllDone => _allDone.HasEnded;

    public bool IsRefused => _refused;

    public long Elements => (long)Signature.Count;

    public bool InPlace => Send == Receive;

    /// <summary>Whether parts of the result are received over this member's input.</summary>
    public bool OverwritesInput => Elements > 0 && Signature.Collective switch
    {
        Collective.AllReduce or Collective.AllToAll => InPlace,
        Collective.Reduce => InPlace && !Follows,
        Collective.ReduceScatter => Receive >= Send && Receive < Send + (long)Signature.Bytes * (Work.Counts.IsEmpty ? Epoch.Lineage.Slots : 1),
        _ => false,
    };

    /// <summary>All others in the epoch, or the one that this member sends to or receives from.</summary>
    public ReadOnlySpan<Peer?> Others => IsPair ? Partner < 0 ? default : Epoch.Peers.AsSpan(Partner, 1) : Epoch.Peers;

    /// <summary>
    /// The result is another member's alone. This one may return when it hears of it; should it not have heard before members are lost, others
    /// that have must be asked.
    /// </summary>
    public bool Follows => Signature.Collective switch
    {
        Collective.Reduce or Collective.Gather => Epoch.Slot != Signature.Root,
        Collective.Pair => Epoch.Slot == Signature.Root,
        _ => false,
    };

    /// <summary>Only a root gets a result.</summary>
    public bool HasRootOnly => Signature.Collective is Collective.Reduce or Collective.Gather;

    public bool IsPair => Signature.Collective == Collective.Pair;

    /// <summary>Of a pair: the other one's rank, or -1 if it was lost.</summary>
    private int Partner => Epoch.RankOfSlot(Epoch.Slot == Signature.Root ? Signature.Extra : Signature.Root);

    /// <summary>A member whose loss ends the operation everywhere: its slot, or -1 if there is none, or it is there.</summary>
    public int LostRoot(Epoch next) => Signature.Collective switch
    {
        Collective.Broadcast or Collective.Reduce or Collective.Gather or Collective.Scatter => next.RankOfSlot(Signature.Root) < 0 ? Signature.Root : -1,
        Collective.Pair when next.RankOfSlot(Signature.Root) < 0 => Signature.Root,
        Collective.Pair when next.RankOfSlot(Signature.Extra) < 0 => Signature.Extra,
        _ => -1,
    };

    /// <summary>The least epoch in which it can still be run.</summary>
    public ulong LeastEpoch => Math.Max(IsFrozen && HasRun ? Epoch.Number + 1 : Epoch.Number, Epoch.FrozenFor);

    /// <summary>This member is late for it, and gets its result from that one.</summary>
    public MemberId? Keeper => _phase is LatePhase ? Epoch.Roster[0].Id : null;

    /// <summary>Whether it may and can be run again after a loss.</summary>
    public bool CanRunAgain => !Work.Options.FailOnLoss && (KeepsInput || !OverwritesInput || Signature.Collective == Collective.AllToAll);

    /// <summary>It holds its result, and could complete everybody else's; so the operation goes forward after a loss.</summary>
    public bool CanServe => HoldsResult && _phase.CanServe;

    /// <summary>Takes the call. The operation stands still until <see cref="Run"/>.</summary>
    public void Begin(Work work, Epoch epoch, OperationKey key, long nowMs)
    {
        IsOpen = IsFrozen = true;
        Work = work;
        Epoch = epoch;
        Key = key;
        Order = Engine.NextOrder();
        Signature = work.Signature;
        SignatureHash = Signature.Hash;
        Send = work.Send;
        Receive = work.Receive;
        Reducer = Reducer.For(Signature.Type, Signature.Op);
        Weight = work.Options.Weight;
        KeepsInput = work.Options.KeepInput;
        _movedAtMs = nowMs;
        _movedBytes = 0;
        DeadlineMs = nowMs + (HasOwnDeadline ? work.DeadlineMs : Engine.PatienceMs);
        _expiries = 0;
        TxBytes = RxBytes = 0;
        Retries = 0;
        _refused = false;
        HoldsResult = false;
    }

    /// <summary>Runs from the input, in the epoch, with the phase that its algorithm has chosen.</summary>
    public void Run(Epoch epoch, DataPhase phase)
    {
        Enter(epoch);
        // A late member learns it from the others.
        Admission = phase is LatePhase ? default : AdmissionHint.Of(Engine.PendingMembers, Engine.HasBetterOrder);
        _phase = phase;
        FaultHook.Pass(FaultPoint.Begun, Key.Number);
        phase.Start(this, epoch);
    }

    /// <summary>Restores the input, for a run without the members that were lost. Returns the phase, which is free.</summary>
    public DataPhase PutBack()
    {
        _phase.PutBackInput();
        HoldsResult = false;
        Retries = Math.Min(Retries + 1, ushort.MaxValue);
        return _phase;
    }

    /// <summary>Goes on to the end in the epoch, with the result that some of its members hold.</summary>
    public void GoForward(Epoch epoch)
    {
        Enter(epoch);
        _goesForward = true;
        _repair.Begin(this, _phase);
        if (!HasRootOnly || !Follows)
        {
            if (HoldsResult) SayDone();
            return;
        }

        // Where only a root gets the result, going forward means that it has it. What else is told with that comes from the root, which says
        // it once more, or from whoever has ended it, and answers.
        HoldsResult = true;
        if (!_allDone.Follows) SayDone();
        else PostDone(_allDone.Answer());
    }

    /// <summary>Stands still: no link touches its memory any more.</summary>
    public void Freeze()
    {
        if (IsFrozen) return;
        Engine.Abandon(this);
        LeaveRun();
        IsFrozen = true;
    }

    /// <summary>A frame for this operation: any frame shows that its sender has begun.</summary>
    public void NoteFrom(int rank)
    {
        if (_marks.NoteBegun(Epoch, rank)) Epoch.Peers[rank]!.Unblock(this);
    }

    public Placement Place(in FrameHeader header, int rank)
    {
        if (!_goesForward) return _phase.Place(header, rank);
        return header.Phase == SegmentPhase.Repair ? _repair.Place(header) : Unexpected(header, rank);
    }

    public void Arrive(in FrameHeader header, int rank, in Placement placement)
    {
        Hear(new AdmissionHint(header.Admission));
        Retries = Math.Max(Retries, header.Retries);
        if (_goesForward) _repair.Arrive(header);
        else _phase.Arrive(header, rank, placement);
        FaultHook.Pass(header.Phase is SegmentPhase.Reduce or SegmentPhase.Input ? FaultPoint.Reduce : FaultPoint.Result, header.Operation);
    }

    public long BytesLeftFor(Peer peer) => Math.Max(0, _phase.BytesToSend - TxBytes);

    public int Priority => Work.Options.Priority;

    /// <summary>The peer's turn: its next segment, if it may have one.</summary>
    public bool TryTake(Peer peer, ref OutgoingFrame frame)
    {
        int rank = Epoch.RankOf(peer);
        int bytes = NextSegmentBytes(rank);
        if (bytes < 0)
        {
            _marks.MarkIdle(rank);
            return false;
        }

        if (!_marks.TryCharge(Epoch, rank, bytes))
        {
            // Stays marked as ready, so that it is not queued twice. The peer may be held up in the same way by
            // what it does not know of this member, so it is told.
            peer.Block(this);
            Announce(rank);
            return false;
        }

        FillHeader(ref frame);
        frame.Header.Kind = FrameKind.Segment;
        frame.Header.Admission = Admission.Bits;
        frame.Header.Retries = (ushort)Retries;
        frame.Owner = this;
        frame.OwnerGeneration = Generation;
        if (_goesForward) _repair.TakeSegment(rank, ref frame);
        else _phase.TakeSegment(rank, ref frame);
        TxBytes += frame.ByteCount;
        Engine.Meter.Sent(frame.ByteCount);
        if (NextSegmentBytes(rank) >= 0) peer.MakeReadyAgain(this);
        else _marks.MarkIdle(rank);
        return true;
    }

    /// <summary>Another member has begun; it may be held up by not knowing that this one has.</summary>
    public void HearBegin(int rank)
    {
        if (!_goesForward) _phase.HearBegin(rank);
    }

    /// <summary>What an update would change, as another member knows it.</summary>
    public void Hear(AdmissionHint admission) => Admission = Admission.And(admission);

    /// <summary>Another member says that it holds the whole result.</summary>
    public bool HearDone(in FrameHeader header, int rank)
    {
        if (!_allDone.Hear((int)Math.Min(header.Chunk, int.MaxValue), IsPair ? 1 - PlaceInPair : rank)) return false;
        Hear(new AdmissionHint(header.Admission));
        Retries = Math.Max(Retries, header.Retries);
        if (HoldsResult) FaultHook.Pass(FaultPoint.Done, Key.Number);
        // The root has it, and that is all there is to know.
        if (_allDone.Follows && !_allDone.IsComplete && header.Chunk == AllDone.Down) HoldWholeResult();
        if (!IsOpen) return true;
        if (_goesForward && !HoldsResult) _repair.FetchFrom(rank);
        AdvanceAllDone();
        return true;
    }

    /// <summary>Another member asks for pieces of the result.</summary>
    public bool HearFetch(in FrameHeader header, int rank) => _goesForward && _repair.Hear(header, rank);

    /// <summary>Another member called this operation differently, or passes on that one did.</summary>
    public void HearRefusal(int callerRank, CallSignature theirs)
    {
        if (theirs == Signature)
        {
            // Two others disagree, and this member is on the side of this one; the other side speaks up as well.
            Refuse();
            return;
        }

        // Everybody is shown this member's call too.
        Engine.Refuse(this);
        Engine.Fail(this, new Fault(Status.Mismatch,
            $"{Key}: {Epoch.Describe(callerRank)} called {theirs}; this member (rank {Epoch.Rank}) called {Signature}. All members must call alike, in the same order"));
    }

    /// <summary>A frame shows that its sender called differently. Its own refusal will show how.</summary>
    public void Refuse()
    {
        if (_refused) return;
        _refused = true;
        Engine.Refuse(this);
    }

    /// <summary>The rank that has to do something next, or -1: this member itself, or nobody.</summary>
    public int WaitsFor => IsFrozen ? -1 : _allDone.IsComplete ? MissingDone : _goesForward ? _repair.WaitsFor : _phase.WaitsFor;

    /// <summary>What it is at, and whom it waits for.</summary>
    public string DescribeProgress()
    {
        if (IsFrozen) return "members were lost, and the coordinator has not said yet how to go on";
        if (_allDone.IsComplete) return MissingDone is var rank and >= 0 ? $"all-done phase, waits to hear from {Epoch.Describe(rank)}" : "all-done phase";
        return _goesForward ? _repair.DescribeProgress() : _phase.DescribeProgress();
    }

    /// <summary>The caller, or the communicator's setting, says when it is to end; otherwise it only has to go on.</summary>
    public bool HasOwnDeadline => Work.DeadlineMs > 0;

    /// <summary>A look at whether it has moved since the last one. Returns the pause that has ended, 0 for none.</summary>
    public long NoteProgress(long nowMs)
    {
        long bytes = TxBytes + RxBytes;
        if (bytes == _movedBytes) return 0;
        long pauseMs = nowMs - _movedAtMs;
        (_movedBytes, _movedAtMs) = (bytes, nowMs);
        if (!HasOwnDeadline) DeadlineMs = nowMs + Engine.PatienceMs;
        return pauseMs;
    }

    /// <summary>The deadline has passed: as much time again. Returns how often that has been.</summary>
    public int Extend(long nowMs)
    {
        DeadlineMs = nowMs + AllowedMs;
        return ++_expiries;
    }

    /// <summary>It begins anew, with all the time that it had.</summary>
    public void Renew(long nowMs)
    {
        DeadlineMs = nowMs + AllowedMs;
        _expiries = 0;
    }

    public long AllowedMs => HasOwnDeadline ? Work.DeadlineMs : Engine.PatienceMs;

    /// <summary>The member whose word is all that is missing, or -1 if more is.</summary>
    public int AwaitedRank => HoldsResult && !IsFrozen ? MissingDone : -1;

    /// <summary>Restores what must be restored and lets go of all memory. The engine has taken it off the links.</summary>
    public DataPhase? End(Fault fault)
    {
        IsOpen = false;
        if (!IsFrozen) LeaveRun();
        DataPhase? phase = _phase;
        if (!fault.IsNone) phase?.PutBackInput();
        Kept.End();
        _phase = null!;
        return phase;
    }

    public OperationResult Result(long startTicks) => _phase.Outcome() with
    {
        Retries = Retries,
        Pending = Admission.Pending,
        HasBetterOrder = Admission.HasBetterOrder,
        TxBytes = (ulong)TxBytes,
        RxBytes = (ulong)RxBytes,
        Seconds = Stopwatch.GetElapsedTime(startTicks).TotalSeconds,
    };

    public void FillHeader(ref OutgoingFrame frame)
    {
        frame = new OutgoingFrame { Lease = OutgoingFrame.NoLease };
        frame.Header.Epoch = Epoch.Number;
        frame.Header.SinceOrigin = (ushort)(Epoch.Number - Key.Origin);
        frame.Header.Operation = Key.Number;
        frame.Header.Signature = SignatureHash;
    }

    /// <summary>There is (or may be) something for that member.</summary>
    public void Wake(int rank)
    {
        if (_marks.MarkReady(rank)) Epoch.Peers[rank]!.MakeReady(this);
    }

    /// <summary>Tells the member that it may send without limit.</summary>
    public void Announce(int rank)
    {
        OutgoingFrame frame = default;
        FillHeader(ref frame);
        frame.Header.Kind = FrameKind.Begin;
        Post(rank, frame);
    }

    /// <summary>This member holds the whole result.</summary>
    public void HoldWholeResult()
    {
        HoldsResult = true;
        FaultHook.Pass(FaultPoint.Whole, Key.Number);
        SayDone();
    }

    /// <summary>A place in this operation's memory, for its current run.</summary>
    public Placement PlacementAt(byte* destination, int lease = OutgoingFrame.NoLease) =>
        new() { Destination = destination, Lease = lease, Owner = this, OwnerGeneration = Generation };

    public void Post(int rank, in OutgoingFrame frame)
    {
        TxBytes += frame.ByteCount;
        Epoch.Peers[rank]?.Link.Post(frame);
    }

    private int PlaceInPair => Epoch.Slot == Signature.Root ? 0 : 1;

    private int MissingDone => _allDone.Missing() is var rank && rank >= 0 && IsPair ? Partner : rank;

    private int NextSegmentBytes(int rank) => _goesForward ? _repair.NextSegmentBytes(rank) : _phase.NextSegmentBytes(rank);

    private void Enter(Epoch epoch)
    {
        Generation++;
        // What was refused in an earlier run, a member that is lost may have called. Those that are left are told again.
        IsFrozen = _goesForward = WasSentTwice = _refused = false;
        OpenPlacements = 0;
        Epoch = epoch;
        _marks.Begin(epoch.World);
        if (HasRootOnly && epoch.RankOfSlot(Signature.Root) is var root and >= 0) _allDone.BeginFrom(root, epoch.Rank, epoch.World);
        else if (!IsPair) _allDone.Begin(epoch.Rank, epoch.World, epoch.Chooser.IsDoneSparing);
        else _allDone.Begin(Partner < 0 ? 0 : PlaceInPair, Partner < 0 ? 1 : 2, isSparing: false);
    }

    private void LeaveRun()
    {
        Generation++;
        _marks.End(Epoch, this);
        _phase?.Stop();
    }

    private void SayDone()
    {
        _allDone.Complete();
        AdvanceAllDone();
    }

    private void AdvanceAllDone()
    {
        OutgoingFrame frame = default;
        FillHeader(ref frame);
        frame.Header.Admission = Admission.Bits;
        frame.Header.Retries = (ushort)Retries;
        int target;
        while ((target = _allDone.NextTarget(ref frame.Header)) >= 0) Post(IsPair ? Partner : target, frame);
        if (_allDone.HasEnded) Engine.Commit(this);
    }

    private void PostDone((int Target, int Chunk) answer)
    {
        OutgoingFrame frame = default;
        FillHeader(ref frame);
        frame.Header.Kind = FrameKind.Done;
        frame.Header.Chunk = (uint)answer.Chunk;
        frame.Header.Admission = Admission.Bits;
        frame.Header.Retries = (ushort)Retries;
        Post(answer.Target, frame);
    }

    private Placement Unexpected(in FrameHeader header, int rank) =>
        Placement.Refuse($"{Key}: a segment of phase {header.Phase} from {Epoch.Describe(rank)} at a time when it means nothing");
}
