using Collectives.Algorithms.Reduction;
using Collectives.Communication.Operations;
using Collectives.Transport;

namespace Collectives.Communication.Recording;

/// <summary>
/// One thing that happened. A plain block of numbers, so that recording it is a copy; what the numbers mean
/// depends on the kind (FlightEventJson.cs).
/// </summary>
internal struct FlightEvent
{
    /// <summary>On the clock of Stopwatch.GetTimestamp.</summary>
    public long Ticks;

    public FlightEventKind Kind;

    /// <summary>The operation's call, of operation events.</summary>
    public DataType Type;
    public ReduceOp Op;
    public Algorithm Algorithm;

    /// <summary>A member's rank, or -1; of a committed operation the number of participants.</summary>
    public int Rank;

    public ulong Epoch;
    public ulong Operation;
    public ulong Count;

    /// <summary>An operation's duration in ticks; half of a peer's id; a world.</summary>
    public ulong First;

    /// <summary>An operation's bytes sent; the other half.</summary>
    public ulong Second;

    /// <summary>An operation's bytes received; a lane's number.</summary>
    public ulong Third;

    /// <summary>An operation's retries, or the negated status that it ended with; a loss's reason.</summary>
    public int Extra;

    /// <summary>Of events about a link or another member.</summary>
    public readonly MemberId Peer => new(First, Second);

    public readonly CallSignature Call => new(Count, Type, Op, Algorithm);
}
