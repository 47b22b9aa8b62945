using Collectives.Communication;
using Collectives.Transport;

namespace Collectives.Native.Checks;

/// <summary>
/// The memory that a call uses on this member. A buffer that its role has no use for has no bytes. Can it be what the caller says
/// it is? Buffers must be there, and must not overlap, except as the function's in-place form has them.
/// </summary>
internal readonly unsafe struct Buffers
{
    public required void* Send { get; init; }

    public required ulong SendElements { get; init; }

    public required void* Receive { get; init; }

    public required ulong ReceiveElements { get; init; }

    public required ulong ElementSize { get; init; }

    /// <summary>In place, recv begins that many elements after send (before it, if negative). Null: there is no such form.</summary>
    public long? InPlaceAt { get; init; }

    /// <summary>What messages call the buffers.</summary>
    public string SendName { get; init; } = "send";

    public string ReceiveName { get; init; } = "recv";

    public Buffers()
    {
    }

    public bool AreValid(out Fault fault)
    {
        ulong limit = Parts.Limit(ElementSize);
        ulong most = Math.Max(SendElements, ReceiveElements);
        fault = Fault.None;
        if (most >= limit)
        {
            fault = Invalid($"count: expected count * element size below 2^62, found {most} * {ElementSize}");
        }
        else if (SendElements > 0 && Send == null)
        {
            fault = Invalid($"{SendName}: expected a buffer of {SendElements} elements, found NULL");
        }
        else if (ReceiveElements > 0 && Receive == null)
        {
            fault = Invalid($"{ReceiveName}: expected a buffer of {ReceiveElements} elements, found NULL");
        }
        else if (Overlap && !IsInPlace)
        {
            fault = Invalid(
                $"{ReceiveName}: expected {InPlaceWords}a buffer that doesn't overlap {SendName}, found one of {ReceiveElements * ElementSize} bytes that starts "
                + $"{Distance} bytes {(Receive >= Send ? "after" : "before")} {SendName}'s {SendElements * ElementSize} bytes");
        }

        return fault.IsNone;
    }

    /// <summary>In place a late member's input would be lost without one.</summary>
    public static bool HasPlaceForContribution(in CollectiveCall call, in OperationOptions options, out Fault fault)
    {
        fault = options.OnLate == OnLate.Proceed && call.Send == call.Receive && call.Count > 0 && options.Contribution == null
            ? Invalid($"options.contribution: expected a buffer of {call.Count} elements, which COLL_ON_LATE_PROCEED needs in place, found NULL")
            : Fault.None;
        return fault.IsNone;
    }

    private ulong Distance => Receive >= Send ? (ulong)((byte*)Receive - (byte*)Send) : (ulong)((byte*)Send - (byte*)Receive);

    private bool Overlap => SendElements > 0 && ReceiveElements > 0
        && Distance < (Receive >= Send ? SendElements : ReceiveElements) * ElementSize;

    private bool IsInPlace => InPlaceAt is { } at && (byte*)Receive - (byte*)Send == at * (long)ElementSize;

    private string InPlaceWords => InPlaceAt switch
    {
        null => "",
        0 => $"{SendName} itself (in place) or ",
        > 0 => $"this member's part of {SendName} (in place, {InPlaceAt} elements after its start) or ",
        < 0 => $"one of which {SendName} is this member's part (in place, {-InPlaceAt} elements after its start) or ",
    };

    private static Fault Invalid(string message) => new(Status.InvalidArgument, message);
}
