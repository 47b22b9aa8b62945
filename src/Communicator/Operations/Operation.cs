using System.Diagnostics;
using Collectives.Algorithms.Reduction;
using Collectives.Transport;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// One collective in progress: what every algorithm has in common, from beginning to all-done. Pooled: an
/// operation object serves one call after the other, told apart by <see cref="Generation"/>. Belongs to the loop.
/// </summary>
internal abstract unsafe class Operation(OperationEngine engine)
{
    private AllDone _allDone;
    private bool[] _hasBegun = [];
    private long[] _unasked = [];
    private bool[] _isReady = [];
    private Fault _refusal;
    private bool _refused;

    protected OperationEngine Engine { get; } = engine;
    protected byte* Send { get; private set; }
    protected byte* Receive { get; private set; }
    protected Reducer Reducer { get; private set; } = null!;
    protected double Weight { get; private set; }
    protected KeptInput Kept { get; } = new(engine.KeptMemory);

    public uint Generation { get; private set; }
    public bool IsOpen { get; private set; }
    public OperationKey Key { get; private set; }
    public Epoch Epoch { get; private set; } = null!;
    public CallSignature Signature { get; private set; }
    public uint SignatureHash { get; private set; }
    public Work Work { get; private set; } = null!;
    public long DeadlineMs { get; private set; }
    public long TxBytes { get; set; }
    public long RxBytes { get; set; }
    public int Index { get; set; }

    /// <summary>Lanes that are receiving into this operation's memory.</summary>
    public int OpenPlacements { get; set; }

    protected abstract Algorithm Algorithm { get; }

    protected long Elements => (long)Signature.Count;

    protected bool InPlace => Send == Receive;

    public void Begin(Work work, Epoch epoch, OperationKey key, long nowMs)
    {
        Generation++;
        IsOpen = true;
        Work = work;
        Epoch = epoch;
        Key = key;
        Signature = work.Signature;
        SignatureHash = Signature.Hash;
        Send = work.Send;
        Receive = work.Receive;
        Reducer = Reducer.For(Signature.Type, Signature.Op);
        Weight = work.Options.Weight;
        DeadlineMs = nowMs + work.DeadlineMs;
        TxBytes = RxBytes = OpenPlacements = 0;
        _refused = false;
        if (_hasBegun.Length < epoch.World)
        {
            _hasBegun = new bool[epoch.World];
            _unasked = new long[epoch.World];
            _isReady = new bool[epoch.World];
        }
        else
        {
            Array.Clear(_hasBegun);
            Array.Clear(_unasked);
            Array.Clear(_isReady);
        }

        _allDone.Begin(epoch.Rank, epoch.World);
        Start();
        if (Kept.MissingBytes == 0) return;
        Engine.Fail(this, new Fault(Status.OutOfMemory,
            $"{Key}: no memory for a copy of the {Kept.MissingBytes} bytes that it works on in place; COLL_RECOVER_NONE does without one"));
    }

    /// <summary>A frame for this operation: any frame shows that its sender has begun.</summary>
    public void NoteFrom(int rank)
    {
        if (_hasBegun[rank]) return;
        _hasBegun[rank] = true;
        ReturnCredit(rank);
        Epoch.Peers[rank]!.Unblock(this);
    }

    /// <summary>Where an announced segment goes; the header's content is hostile until checked here.</summary>
    public abstract Placement Place(in FrameHeader header, int rank);

    public abstract void Arrive(in FrameHeader header, int rank, in Placement placement);

    /// <summary>A placement of this operation that will not be filled on this lane.</summary>
    public virtual void Forsake(in Placement placement)
    {
    }

    /// <summary>The peer's turn: its next segment, if it may have one.</summary>
    public bool TryTake(int rank, ref OutgoingFrame frame)
    {
        int bytes = NextSegmentBytes(rank);
        Peer peer = Epoch.Peers[rank]!;
        if (bytes < 0)
        {
            _isReady[rank] = false;
            return false;
        }

        if (!_hasBegun[rank])
        {
            if (!peer.MaySend(bytes))
            {
                // Stays marked as ready, so that it is not queued twice. The peer may be held up in the same way by
                // what it does not know of this member, so it is told.
                peer.Block(this);
                Announce(rank);
                return false;
            }

            peer.Unasked += bytes;
            _unasked[rank] += bytes;
        }

        FillHeader(ref frame);
        TakeSegment(rank, ref frame);
        frame.Header.Kind = FrameKind.Segment;
        frame.Owner = this;
        frame.OwnerGeneration = Generation;
        TxBytes += frame.ByteCount;
        if (NextSegmentBytes(rank) >= 0) peer.Ready.Append() = this;
        else _isReady[rank] = false;
        return true;
    }

    /// <summary>Another member has begun; it may be held up by not knowing that this one has.</summary>
    public virtual void HearBegin(int rank)
    {
    }

    /// <summary>Another member says that it holds the whole result.</summary>
    public bool HearDone(in FrameHeader header, int rank)
    {
        if (!_allDone.Hear((int)header.Chunk, rank, (int)Math.Min(header.Argument, int.MaxValue))) return false;
        AdvanceAllDone();
        return true;
    }

    /// <summary>Another member called this operation differently, or passes on that one did.</summary>
    public void HearRefusal(int callerRank, CallSignature theirs)
    {
        if (theirs != Signature)
        {
            // Everybody is shown this member's call too.
            Engine.Refuse(this);
            _refusal = new Fault(Status.Mismatch,
                $"{Key}: {Epoch.Describe(callerRank)} called {theirs}; this member (rank {Epoch.Rank}) called {Signature}. All members must call alike, in the same order");
            Engine.Fail(this, _refusal);
            return;
        }

        // Two others disagree, and this member is on the side of this one; the other side speaks up as well.
        Refuse();
    }

    /// <summary>A frame shows that its sender called differently. Its own refusal will show how.</summary>
    public void Refuse()
    {
        if (_refused) return;
        _refused = true;
        Engine.Refuse(this);
    }

    public bool IsRefused => _refused;

    /// <summary>"reduce phase, 3 of 8 segments, waits for member 1": what a deadline's message says.</summary>
    public abstract string DescribeProgress();

    protected string DescribeAllDone() =>
        _allDone.Missing() is var rank and >= 0 ? $"all-done phase, waits to hear from {Epoch.Describe(rank)}" : "all-done phase";

    /// <summary>That member holds the whole result and has said so, as has this one.</summary>
    public bool IsDone(int rank) => _allDone.IsDone(rank);

    public bool IsWaitingForOthers => _allDone.IsWaiting;

    /// <summary>Restores what must be restored and lets go of all memory. The engine has taken it off the links.</summary>
    public void End(Fault fault)
    {
        IsOpen = false;
        for (int rank = 0; rank < Epoch.World; rank++)
        {
            if (Epoch.Peers[rank] is not { } peer) continue;
            ReturnCredit(rank);
            if (_isReady[rank]) peer.Forget(this);
        }

        if (!fault.IsNone && Work.Options.KeepInput) PutBackInput();
        Kept.End();
        Release();
    }

    public OperationResult Result(long startTicks) => new()
    {
        Participants = Epoch.World,
        Epoch = Epoch.Number,
        Pending = _allDone.Pending,
        TxBytes = (ulong)TxBytes,
        RxBytes = (ulong)RxBytes,
        Seconds = Stopwatch.GetElapsedTime(startTicks).TotalSeconds,
        Algorithm = Algorithm,
    };

    public bool IsAllDone => _allDone.HasEnded;

    public void FillHeader(ref OutgoingFrame frame)
    {
        frame = new OutgoingFrame { Lease = OutgoingFrame.NoLease };
        frame.Header.Epoch = Key.Epoch;
        frame.Header.Operation = Key.Number;
        frame.Header.Signature = SignatureHash;
    }

    protected abstract void Start();

    /// <summary>Bytes of the next segment for that member, -1 if there is none now.</summary>
    protected abstract int NextSegmentBytes(int rank);

    /// <summary>Fills in the segment that <see cref="NextSegmentBytes"/> spoke of, and takes it off the queue.</summary>
    protected abstract void TakeSegment(int rank, ref OutgoingFrame frame);

    protected abstract void PutBackInput();

    /// <summary>Gives back what the algorithm has leased and not handed to a frame.</summary>
    protected abstract void Release();

    /// <summary>There is (or may be) something for that member.</summary>
    protected void Wake(int rank)
    {
        if (_isReady[rank]) return;
        _isReady[rank] = true;
        Epoch.Peers[rank]!.MakeReady(this);
    }

    /// <summary>Tells the member that it may send without limit.</summary>
    protected void Announce(int rank)
    {
        OutgoingFrame frame = default;
        FillHeader(ref frame);
        frame.Header.Kind = FrameKind.Begin;
        Post(rank, frame);
    }

    /// <summary>This member holds the whole result.</summary>
    protected void HoldWholeResult()
    {
        _allDone.Complete(Engine.PendingMembers);
        AdvanceAllDone();
    }

    private void AdvanceAllDone()
    {
        OutgoingFrame frame = default;
        FillHeader(ref frame);
        int target;
        while ((target = _allDone.NextTarget(ref frame.Header)) >= 0) Post(target, frame);
        if (_allDone.HasEnded) Engine.Commit(this);
    }

    private void Post(int rank, in OutgoingFrame frame)
    {
        TxBytes += frame.ByteCount;
        Epoch.Peers[rank]!.Link.Post(frame);
    }

    private void ReturnCredit(int rank)
    {
        long bytes = _unasked[rank];
        _unasked[rank] = 0;
        Epoch.Peers[rank]!.GiveCredit(bytes);
    }
}
