using System.Diagnostics;
using Collectives.Communication.Operations;
using Collectives.Transport;
using Collectives.Transport.Progress;

namespace Collectives.Communication;

/// <summary>
/// The caller's handle to one operation: its call on the way in, its result on the way out. Pooled by the
/// communicator; <see cref="Dispose"/> gives it back.
/// </summary>
public sealed unsafe class Work : ILoopMessage, IDisposable
{
    private readonly Completion _completion = new();
    private OperationEngine? _engine;
    private OperationResult _result;
    private Fault _fault;

    private ulong[] _counts = [];
    private int _slots;
    private bool _hasCounts, _hasReceiveCounts;

    internal byte* Send { get; private set; }
    internal byte* Receive { get; private set; }
    internal CallSignature Signature { get; private set; }

    /// <summary>The slots that the caller counted on.</summary>
    internal int Slots => _slots;

    /// <summary>Elements of each slot's part, or empty: all alike.</summary>
    internal ReadOnlySpan<ulong> Counts => _hasCounts ? _counts.AsSpan(0, _slots) : default;

    /// <summary>The same of what is received, where that is something else.</summary>
    internal ReadOnlySpan<ulong> ReceiveCounts => _hasReceiveCounts ? _counts.AsSpan(_slots, _slots) : Counts;

    internal OperationOptions Options { get; private set; }
    internal long DeadlineMs { get; private set; }
    internal long StartTicks { get; private set; }

    public bool HasEnded => _completion.HasEnded;

    /// <summary>Waits up to timeoutMs (negative: until the end). <see cref="Status.Timeout"/> leaves it running.</summary>
    public Fault Wait(long timeoutMs, out OperationResult result)
    {
        if (!_engine!.Loop.Wait(_completion, timeoutMs))
        {
            result = default;
            return new Fault(Status.Timeout, "the wait ended before the work did");
        }

        return Outcome(out result);
    }

    public Fault Test(out OperationResult result)
    {
        if (_completion.HasEnded) return Outcome(out result);
        result = default;
        return new Fault(Status.Pending, "the work has not ended yet");
    }

    /// <summary>Readable from the end on; -1 when the system has no descriptors left.</summary>
    public int EventDescriptor() => _completion.Descriptor();

    /// <summary>Waits for the end if need be (its deadline bounds that), then gives the work back to its pool.</summary>
    public void Dispose()
    {
        if (_engine is not { } engine) return;
        engine.Loop.Wait(_completion, -1);
        _engine = null;
        _completion.CloseDescriptor();
        engine.Works.Return(this);
    }

    /// <summary>By the loop's owner.</summary>
    void ILoopMessage.Run() => _engine!.Begin(this);

    /// <param name="slots">How many slots there are as far as the caller knows.</param>
    internal void Prepare(OperationEngine engine, in CollectiveCall call, int slots, in OperationOptions options, long deadlineMs)
    {
        _completion.Reset();
        _engine = engine;
        Send = call.Send;
        Receive = call.Receive;
        _slots = slots;
        _hasCounts = call.Counts != null;
        _hasReceiveCounts = call.ReceiveCounts != null;
        if (_hasCounts) Copy(call.Counts, 0);
        if (_hasReceiveCounts) Copy(call.ReceiveCounts, slots);
        Signature = CallSignature.Of(call, options.Algorithm, Counts);
        Options = options;
        DeadlineMs = deadlineMs;
        StartTicks = Stopwatch.GetTimestamp();
    }

    internal void End(Fault fault, in OperationResult result)
    {
        _fault = fault;
        _result = result;
        _engine!.Loop.End(_completion);
    }

    private void Copy(ulong* counts, int at)
    {
        if (_counts.Length < 2 * _slots) _counts = new ulong[2 * _slots];
        new ReadOnlySpan<ulong>(counts, _slots).CopyTo(_counts.AsSpan(at));
    }

    private Fault Outcome(out OperationResult result)
    {
        result = _result;
        return _fault;
    }
}
