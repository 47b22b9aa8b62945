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

    internal byte* Send { get; private set; }
    internal byte* Receive { get; private set; }
    internal CallSignature Signature { get; private set; }
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

    internal void Prepare(OperationEngine engine, byte* send, byte* receive, CallSignature signature, in OperationOptions options, long deadlineMs)
    {
        _completion.Reset();
        _engine = engine;
        Send = send;
        Receive = receive;
        Signature = signature;
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

    private Fault Outcome(out OperationResult result)
    {
        result = _result;
        return _fault;
    }
}
