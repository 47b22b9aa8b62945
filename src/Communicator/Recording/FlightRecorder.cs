using System.Diagnostics;
using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Transport;

namespace Collectives.Communication.Recording;

/// <summary>
/// Keeps what happened to a communicator, for the question that is asked afterwards: who did what, when, and
/// who did not. Called by the owner of the progress loop only; always on, since a record that has to be switched on
/// first never has the failure that one wants to see. The two events of a good operation take no time stamp of
/// their own and allocate nothing. Everything recorded goes to the log as well, if somebody listens to it.
/// </summary>
internal sealed class FlightRecorder(MemberId self, int capacity)
{
    public const int DefaultEvents = 1024;
    public const int MaxEvents = 1 << 20;

    public FlightRing Ring { get; } = new(capacity);

    public MemberId Self { get; } = self;

    /// <summary>Told of each operation that ends in an error, once it is recorded. By the owner of the loop.</summary>
    public Action? WhenOperationFails { get; set; }

    public void OperationBegun(in OperationKey key, in CallSignature call, long startTicks) =>
        Keep(OfOperation(FlightEventKind.OperationBegun, key, call, startTicks));

    public void OperationCommitted(in OperationKey key, in CallSignature call, long startTicks, in OperationResult result)
    {
        long duration = (long)(result.Seconds * Stopwatch.Frequency);
        FlightEvent committed = OfOperation(FlightEventKind.OperationCommitted, key, call, startTicks + duration);
        committed.Algorithm = result.Algorithm;
        committed.Rank = result.Participants;
        committed.Extra = result.Retries;
        committed.First = (ulong)duration;
        committed.Second = result.TxBytes;
        committed.Third = result.RxBytes;
        Keep(committed);
    }

    public void OperationFailed(Operation operation, in Fault fault)
    {
        long now = Stopwatch.GetTimestamp();
        FlightEvent failed = OfOperation(FlightEventKind.OperationFailed, operation.Key, operation.Signature, now);
        failed.Extra = -(int)fault.Status;
        failed.First = (ulong)(now - operation.Work.StartTicks);
        failed.Second = (ulong)operation.TxBytes;
        failed.Third = (ulong)operation.RxBytes;
        Keep(failed, fault.Message);
        WhenOperationFails?.Invoke();
    }

    public void OperationGoesOn(FlightEventKind kind, Operation operation) =>
        Keep(OfOperation(kind, operation.Key, operation.Signature, Stopwatch.GetTimestamp()));

    public void OperationRefused(ulong epoch, in CallSignature call, in Fault fault)
    {
        FlightEvent refused = OfOperation(FlightEventKind.OperationRefused, new OperationKey(epoch, 0), call, Stopwatch.GetTimestamp());
        refused.Extra = -(int)fault.Status;
        Keep(refused, fault.Message);
    }

    public void Link(FlightEventKind kind, MemberId peer, int lane = 0, string? words = null) =>
        Keep(new FlightEvent { Kind = kind, Ticks = Stopwatch.GetTimestamp(), Rank = -1, First = peer.High, Second = peer.Low, Third = (ulong)lane }, words);

    public void Epoch(FlightEventKind kind, ulong number, int rank, int world) =>
        Keep(new FlightEvent { Kind = kind, Ticks = Stopwatch.GetTimestamp(), Epoch = number, Rank = rank, First = (ulong)world });

    public void MemberLost(ulong epoch, MemberId member, LossReason reason, string words) => Keep(new FlightEvent
    {
        Kind = FlightEventKind.MemberLost,
        Ticks = Stopwatch.GetTimestamp(),
        Epoch = epoch,
        Rank = -1,
        First = member.High,
        Second = member.Low,
        Extra = (int)reason,
    }, words);

    /// <summary>What concerns no member and no operation.</summary>
    public void Note(FlightEventKind kind, string? words = null, ulong count = 0) =>
        Keep(new FlightEvent { Kind = kind, Ticks = Stopwatch.GetTimestamp(), Rank = -1, Count = count }, words);

    private static FlightEvent OfOperation(FlightEventKind kind, in OperationKey key, in CallSignature call, long ticks) => new()
    {
        Kind = kind,
        Ticks = ticks,
        Epoch = key.Origin,
        Operation = key.Number,
        Count = call.Count,
        Type = call.Type,
        Op = call.Op,
        Algorithm = call.Algorithm,
        Rank = -1,
    };

    private void Keep(in FlightEvent recorded, string? words = null)
    {
        Ring.Write(recorded, words);
        FlightEventLog.Write(Self, recorded, words);
    }
}
