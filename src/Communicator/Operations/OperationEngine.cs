using Collectives.Algorithms.Reduction;
using Collectives.Algorithms.Schedules;
using Collectives.Transport;
using Collectives.Transport.Memory;
using Collectives.Transport.Progress;
using Collectives.Transport.Wire;
using Microsoft.Extensions.ObjectPool;

namespace Collectives.Communication.Operations;

/// <summary>
/// The operations of one communicator: begins them, hands frames to and fro between them and the links
/// (OperationEngine.Links.cs), ends them. Everything here belongs to the loop's owner, except where it says
/// otherwise.
/// </summary>
internal sealed unsafe partial class OperationEngine : ILoopTicker, IDisposable
{
    /// <summary>Operations in flight at once: bounds what early frames of other members can name.</summary>
    public const int MaxOpen = 1024;

    private readonly Dictionary<OperationKey, Operation> _open = new(64);
    private readonly List<Operation> _list = new(64);
    private readonly EarlyFrames _early;
    private readonly Stack<RingOperation> _rings = new(64);
    private readonly Stack<ExchangeOperation> _exchanges = new(64);
    private readonly int _softLeases;
    private Epoch? _epoch;
    private Fault _closed;

    public OperationEngine(ProgressLoop loop, int scratchBlocks, int reservedBlocks)
    {
        Loop = loop;
        _softLeases = scratchBlocks;
        Scratch = new ScratchPool(ChunkLayout.MaxSegmentBytes, scratchBlocks + reservedBlocks);
        _early = new EarlyFrames(Scratch, scratchBlocks / 2);
        Works = new DefaultObjectPool<Work>(new WorkPolicy(), MaxOpen);
        loop.Add(this);
        loop.Add(KeptMemory);
    }

    public ProgressLoop Loop { get; }
    public ScratchPool Scratch { get; }
    public KeptMemory KeptMemory { get; } = new();

    /// <summary>What small operations in flight receive into.</summary>
    public BlockCache Blocks { get; } = new(keepBytes: 2 << 20);

    /// <summary>Any thread.</summary>
    public ObjectPool<Work> Works { get; }

    /// <summary>Sums go to the output buffer instead of scratch memory now; the rest is for receiving.</summary>
    public bool ScratchIsScarce => Scratch.Leased > _softLeases;

    /// <summary>Members that wait for admission, as the coordinator last said.</summary>
    public int PendingMembers { get; set; }

    public long Committed { get; private set; }
    public long Failed { get; private set; }
    public long FramesDropped { get; private set; }

    public Epoch? Epoch => _epoch;

    public int OpenOperations => _open.Count;

    /// <summary>Operations begin in this epoch from now on.</summary>
    public void Activate(Epoch epoch)
    {
        _epoch = epoch;
        _early.Drop((key, _) => key.Epoch < epoch.Number);
    }

    /// <summary>Every operation in flight and every later one ends with this fault, until <see cref="Reopen"/>.</summary>
    public void Close(Fault fault)
    {
        _closed = fault;
        for (int i = _list.Count - 1; i >= 0; i--) Fail(_list[i], fault);
    }

    public void Reopen() => _closed = Fault.None;

    public Fault Closed => _closed;

    /// <summary>Begins the call that the work describes.</summary>
    public void Begin(Work work)
    {
        Fault fault = Examine(work);
        if (!fault.IsNone)
        {
            Failed++;
            work.End(fault, default);
            return;
        }

        Epoch epoch = _epoch!;
        if (epoch.World == 1)
        {
            BeginAlone(work, epoch);
            return;
        }

        OperationKey key = NextKey(epoch, work.Options.Tag);
        Operation operation = Choose(work.Signature, work.Options.Algorithm, epoch);
        operation.Index = _list.Count;
        _list.Add(operation);
        _open.Add(key, operation);
        epoch.OpenOperations++;
        Loop.Busy++;
        operation.Begin(work, epoch, key, Environment.TickCount64);
        _early.Release(key, this);
    }

    /// <summary>Everybody holds the whole result.</summary>
    public void Commit(Operation operation)
    {
        Committed++;
        // A lane may still be receiving what another has brought already; the memory is the caller's again now.
        if (operation.OpenPlacements > 0) Abandon(operation);
        End(operation, Fault.None, operation.Result(operation.Work.StartTicks));
    }

    public void Fail(Operation operation, Fault fault)
    {
        Failed++;
        Abandon(operation);
        End(operation, fault, default);
    }

    /// <summary>Whether an operation is in flight that only waits for members other than that one.</summary>
    public bool HasFinished(Epoch epoch, int rank) => _list.Exists(operation => operation.Epoch == epoch && operation.IsDone(rank));

    /// <summary>Shows all others what this member called.</summary>
    public void Refuse(Operation operation)
    {
        OutgoingFrame frame = default;
        operation.FillHeader(ref frame);
        operation.Signature.Write(ref frame.Header, operation.Epoch.Rank);
        foreach (Peer? peer in operation.Epoch.Peers) peer?.Link.Post(frame);
    }

    public void Tick(long nowMs)
    {
        for (int i = _list.Count - 1; i >= 0; i--)
        {
            if (i >= _list.Count || nowMs < _list[i].DeadlineMs) continue;
            Operation late = _list[i];
            Fail(late, new Fault(Status.Deadline,
                $"{late.Key} ({late.Signature}) did not end within its deadline of {late.Work.DeadlineMs} ms: {late.DescribeProgress()}"));
        }
    }

    public void Dispose()
    {
        _early.Dispose();
        Scratch.Dispose();
        Blocks.Dispose();
        KeptMemory.Dispose();
    }

    /// <summary>No lane reads or writes the operation's memory any more.</summary>
    private static void Abandon(Operation operation)
    {
        foreach (Peer? peer in operation.Epoch.Peers) peer?.Link.Abandon(operation);
    }

    private Fault Examine(Work work)
    {
        if (!_closed.IsNone) return _closed;
        if (_open.Count >= MaxOpen)
            return new Fault(Status.InvalidArgument, $"expected at most {MaxOpen} operations in flight, found one more: wait for some of them first");
        if (work.Options.Algorithm is Algorithm.Exchange or Algorithm.Hub
            && work.Signature.Count * (ulong)DataTypes.Size(work.Signature.Type) > ExchangeOperation.MaxBytes)
            return new Fault(Status.InvalidArgument,
                $"options.algorithm: {work.Options.Algorithm.ToString().ToLowerInvariant()} takes at most {ExchangeOperation.MaxBytes} bytes, found {work.Signature.Count} elements of {DataTypes.Name(work.Signature.Type)}");
        return Fault.None;
    }

    private void BeginAlone(Work work, Epoch epoch)
    {
        long bytes = (long)work.Signature.Count * DataTypes.Size(work.Signature.Type);
        Reducer reducer = Reducer.For(work.Signature.Type, work.Signature.Op);
        if (work.Signature.Op == ReduceOp.Avg && work.Send != work.Receive) Buffer.MemoryCopy(work.Send, work.Receive, bytes, bytes);
        else if (work.Signature.Op != ReduceOp.Avg) reducer.Scale(work.Receive, work.Send, (nuint)work.Signature.Count, work.Options.Weight);
        Committed++;
        work.End(Fault.None, new OperationResult
        {
            Participants = 1,
            Epoch = epoch.Number,
            Pending = PendingMembers,
            Seconds = System.Diagnostics.Stopwatch.GetElapsedTime(work.StartTicks).TotalSeconds,
            Algorithm = Algorithm.Exchange,
        });
    }

    private static OperationKey NextKey(Epoch epoch, uint tag)
    {
        if (tag == 0) return new OperationKey(epoch.Number, epoch.NextNumber++);
        ref uint next = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(epoch.TagOccurrences, tag, out _);
        return new OperationKey(epoch.Number, OperationKey.Tagged(tag, next++));
    }

    private Operation Choose(CallSignature call, Algorithm wanted, Epoch epoch)
    {
        if (wanted == Algorithm.Auto) wanted = AlgorithmChoice.Choose((long)call.Count * DataTypes.Size(call.Type), epoch.World, epoch.IsOneHost);
        if (wanted == Algorithm.Ring) return _rings.TryPop(out RingOperation? ring) ? ring : new RingOperation(this);
        if (!_exchanges.TryPop(out ExchangeOperation? exchange)) exchange = new ExchangeOperation(this);
        exchange.IsThroughHub = wanted == Algorithm.Hub;
        return exchange;
    }

    private void End(Operation operation, Fault fault, in OperationResult result)
    {
        operation.End(fault);
        _open.Remove(operation.Key);
        Operation last = _list[^1];
        _list[operation.Index] = last;
        last.Index = operation.Index;
        _list.RemoveAt(_list.Count - 1);
        operation.Epoch.OpenOperations--;
        Loop.Busy--;
        Work work = operation.Work;
        if (operation is RingOperation ring) _rings.Push(ring);
        else _exchanges.Push((ExchangeOperation)operation);
        work.End(fault, result);
    }

    private sealed class WorkPolicy : PooledObjectPolicy<Work>
    {
        public override Work Create() => new();

        public override bool Return(Work work) => true;
    }
}
