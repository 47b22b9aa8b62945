using Collectives.Algorithms.Reduction;
using Collectives.Algorithms.Schedules;
using Collectives.Communication.Recording;
using Collectives.Transport;
using Collectives.Transport.Faults;
using Collectives.Transport.Memory;
using Collectives.Transport.Progress;
using Collectives.Transport.Wire;
using Microsoft.Extensions.ObjectPool;

namespace Collectives.Communication.Operations;

/// <summary>
/// The operations of one communicator: begins them, hands frames to and fro between them and the links
/// (OperationEngine.Links.cs), takes them through losses (OperationEngine.Losses.cs), ends them. Everything here
/// belongs to the loop's owner, except where it says otherwise.
/// </summary>
internal sealed unsafe partial class OperationEngine : ILoopTicker, IDisposable
{
    /// <summary>Operations in flight at once: bounds what early frames of other members can name.</summary>
    public const int MaxOpen = 1024;

    private readonly Dictionary<OperationKey, Operation> _open = new(64);
    private readonly List<Operation> _list = new(64);
    private readonly EarlyFrames _early;
    private readonly Stack<Operation> _operations = new(64);
    private readonly PhasePool _phases;
    private readonly int _softLeases;
    private Epoch? _epoch;
    private Fault _closed;
    private Patience _patience;
    private ulong _calls;

    public OperationEngine(ILoop loop, int scratchBlocks, int reservedBlocks)
    {
        Loop = loop;
        _phases = new PhasePool(this);
        KeptMemory = new KeptMemory(loop);
        _softLeases = scratchBlocks;
        Scratch = new ScratchPool(ChunkLayout.MaxSegmentBytes, scratchBlocks + reservedBlocks);
        _early = new EarlyFrames(Scratch, scratchBlocks / 2);
        Works = new DefaultObjectPool<Work>(new WorkPolicy(), MaxOpen);
        loop.Add(this);
        loop.Add(KeptMemory);
    }

    public ILoop Loop { get; }
    public ScratchPool Scratch { get; }
    public KeptMemory KeptMemory { get; }

    /// <summary>What small operations in flight receive into.</summary>
    public BlockCache Blocks { get; } = new(keepBytes: 2 << 20);

    /// <summary>Any thread.</summary>
    public ObjectPool<Work> Works { get; }

    /// <summary>Sums go to the output buffer instead of scratch memory now; the rest is for receiving.</summary>
    public bool ScratchIsScarce => Scratch.Leased > _softLeases;

    /// <summary>Scratch blocks that operations and what they have queued hold.</summary>
    public int ScratchInUse => Scratch.Leased - _early.Leases;

    /// <summary>Members that wait for admission, as the coordinator last said.</summary>
    public int PendingMembers { get; set; }

    /// <summary>The next update would put the members in a better order.</summary>
    public bool HasBetterOrder { get; set; }

    /// <summary>Buffers from this size on are divided among all rings of an epoch. The same on all members; only simulations, with small ones, have another.</summary>
    public long SharedFromBytes { get; init; } = RingShares.MinBytes;

    /// <summary>What is sent for operations, and in how much time.</summary>
    public WorkMeter Meter { get; } = new();

    public long Committed { get; private set; }
    public long Failed { get; private set; }
    public long FramesDropped { get; private set; }

    /// <summary>Keeps what happens here; by default, nothing.</summary>
    public FlightRecorder Recorder { get; init; } = new(default, capacity: 0);

    /// <summary>Operations in flight, in no order.</summary>
    public IReadOnlyList<Operation> InFlight => _list;

    public Epoch? Epoch => _epoch;

    /// <summary>Places among the calls, one after the other.</summary>
    public ulong NextOrder() => _calls++;

    public int OpenOperations => _open.Count;

    public Fault Closed => _closed;

    /// <summary>How long operations without a deadline of their own may stand still.</summary>
    public long PatienceMs => _patience.LimitMs;

    /// <summary>Operations begin in this epoch from now on; those in flight keep theirs.</summary>
    public void Activate(Epoch epoch)
    {
        _epoch = epoch;
        // It is in the epoch's roster now; what is better than that will be told.
        HasBetterOrder = false;
        _lineages.Add(epoch.Lineage);
        if (_lineages.Count > MaxLineages) _lineages.RemoveAt(0);
        Recorder.Epoch(FlightEventKind.EpochActive, epoch.Number, epoch.Rank, epoch.World);
        DropStaleFrames();
    }

    /// <summary>Every operation in flight and every later one ends with this fault.</summary>
    public void Close(Fault fault)
    {
        _closed = fault;
        Recorder.Note(FlightEventKind.OperationsClosed, fault.Message);
        for (int i = _list.Count - 1; i >= 0; i--)
        {
            // Not given up: some may hold its result, which this member may have helped to, and the others settle how it goes on without.
            _list[i].Epoch.Lineage.Leave(_list[i].Key);
            EndBadly(_list[i], fault);
        }
    }

    /// <summary>Begins the call that the work describes.</summary>
    public void Begin(Work work)
    {
        Fault fault = Examine(work);
        if (!fault.IsNone)
        {
            Refuse(work, fault);
            return;
        }

        Epoch epoch = _epoch!;
        Lineage lineage = epoch.Lineage;
        CallSignature signature = work.Signature;
        OperationKey key = signature.Collective == Collective.Pair
            ? lineage.NextPairKey(signature.Root, signature.Extra, work.Options.Tag)
            : lineage.NextKey(work.Options.Tag);
        if (lineage.IsDoomed(key, out fault))
        {
            Refuse(work, fault);
            return;
        }

        if (epoch is { World: 1, IsFrozen: false } && signature.Collective == Collective.AllReduce)
        {
            BeginAlone(work, epoch, key);
            return;
        }

        bool late = lineage.Tickets.Remove(key, out Epoch? delivery);
        if (late) epoch = delivery!;
        if (!_operations.TryPop(out Operation? operation)) operation = new Operation(this);
        operation.Index = _list.Count;
        _list.Add(operation);
        _open.Add(key, operation);
        epoch.OpenOperations++;
        Loop.Busy++;
        Meter.Begun(work.Signature.Bytes, Loop.NowMs);
        Recorder.OperationBegun(key, work.Signature, work.StartTicks);
        operation.Begin(work, epoch, key, Loop.NowMs);
        if (late) Run(operation, epoch, new LatePhase(this));
        else if (operation.LostRoot(epoch) is var lost and >= 0 && !epoch.IsFrozen) Fail(operation, RootIsLost(operation, lost));
        else if (!epoch.IsFrozen && !lineage.AskedFor.Contains(key)) Run(operation, epoch);
    }

    /// <summary>Everybody holds the whole result.</summary>
    public void Commit(Operation operation)
    {
        FaultHook.Pass(FaultPoint.Ended, operation.Key.Number);
        Committed++;
        OperationResult result = operation.Result(operation.Work.StartTicks);
        Recorder.OperationCommitted(operation.Key, operation.Signature, operation.Work.StartTicks, result);
        if (operation.Signature.Collective != Collective.AllReduce) operation.Epoch.Lineage.NoteEnd(operation.Key, operation.Admission);
        // The memory is the caller's again now: a lane may still be receiving, or sending a second time, what another
        // lane has brought already.
        if (operation.OpenPlacements > 0 || operation.WasSentTwice) Abandon(operation);
        if (_deliveries.TryGetValue(operation.Key, out Delivery? delivery)) delivery.Keep(operation, result);
        End(operation, Fault.None, result);
    }

    /// <summary>
    /// The operation ends here. It has not ended well anywhere, or will end in the same way: this member does not hold
    /// the result, and never says that it does.
    /// </summary>
    public void Fail(Operation operation, Fault fault)
    {
        operation.Epoch.Lineage.Doom(operation.Key, fault);
        EndBadly(operation, fault);
    }

    private void EndBadly(Operation operation, Fault fault)
    {
        Failed++;
        if (_deliveries.TryGetValue(operation.Key, out Delivery? delivery)) EndDelivery(delivery);
        Recorder.OperationFailed(operation, fault);
        Abandon(operation);
        End(operation, fault, default);
    }

    /// <summary>No lane reads or writes the operation's memory any more.</summary>
    public void Abandon(Operation operation)
    {
        foreach (Peer? peer in operation.Epoch.Peers) peer?.Link.Abandon(operation);
    }

    /// <summary>Shows all others what this member called.</summary>
    public void Refuse(Operation operation)
    {
        OutgoingFrame frame = default;
        operation.FillHeader(ref frame);
        operation.Signature.Write(ref frame.Header, operation.Epoch.Rank);
        foreach (Peer? peer in operation.Others) peer?.Link.Post(frame);
    }

    public void Tick(long nowMs)
    {
        for (int i = _list.Count - 1; i >= 0; i--)
        {
            if (i >= _list.Count) continue;
            Operation operation = _list[i];
            _patience.Note(operation.NoteProgress(nowMs));
            if (nowMs >= operation.DeadlineMs) Expire(operation, nowMs);
        }

        if (_deliveries.Count > 0) DropOldDeliveries(nowMs);
    }

    public void Dispose()
    {
        foreach (Delivery delivery in _deliveries.Values) delivery.End();
        _deliveries.Clear();
        _early.Dispose();
        Scratch.Dispose();
        Blocks.Dispose();
        KeptMemory.Dispose();
    }

    private void Run(Operation operation, Epoch epoch) => Run(operation, epoch, _phases.Lend(operation, epoch));

    private void Run(Operation operation, Epoch epoch, DataPhase phase)
    {
        uint generation = operation.Generation;
        operation.Run(epoch, phase);
        if (operation.Generation != generation + 1) return;
        if (operation.Kept.MissingBytes != 0)
        {
            GiveUp(operation, new Fault(Status.OutOfMemory,
                $"{operation.Key}: no memory for a copy of the {operation.Kept.MissingBytes} bytes that it works on in place; COLL_RECOVER_NONE does without one"));
            return;
        }

        _early.Release(new RunKey(epoch.Number, operation.Key), this);
    }

    private void Refuse(Work work, Fault fault)
    {
        Failed++;
        Recorder.OperationRefused(_epoch?.Number ?? 0, work.Signature, fault);
        work.End(fault, default);
    }

    private void BeginAlone(Work work, Epoch epoch, in OperationKey key)
    {
        Reducer reducer = Reducer.For(work.Signature.Type, work.Signature.Op);
        AlonePhase.Reduce(reducer, work.Send, work.Receive, (long)work.Signature.Count, work.Options.Weight);
        Committed++;
        OperationResult result = new()
        {
            Participants = 1,
            ParticipantMask = 1,
            SlotMask = epoch.SlotMask,
            Epoch = epoch.Number,
            Pending = PendingMembers,
            HasBetterOrder = HasBetterOrder,
            Seconds = System.Diagnostics.Stopwatch.GetElapsedTime(work.StartTicks).TotalSeconds,
            Algorithm = Algorithm.Exchange,
        };
        Recorder.OperationCommitted(key, work.Signature, work.StartTicks, result);
        work.End(Fault.None, result);
    }

    private void End(Operation operation, Fault fault, in OperationResult result)
    {
        _phases.TakeBack(operation.End(fault));
        _open.Remove(operation.Key);
        Operation last = _list[^1];
        _list[operation.Index] = last;
        last.Index = operation.Index;
        _list.RemoveAt(_list.Count - 1);
        Loop.Busy--;
        Work work = operation.Work;
        Meter.Ended(work.Signature.Bytes, Loop.NowMs);
        Epoch epoch = operation.Epoch;
        _operations.Push(operation);
        epoch.OpenOperations--;
        work.End(fault, result);
    }

    private sealed class WorkPolicy : PooledObjectPolicy<Work>
    {
        public override Work Create() => new();

        public override bool Return(Work work) => true;
    }
}
