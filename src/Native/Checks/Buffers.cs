using Collectives.Communication;
using Collectives.Transport;

namespace Collectives.Native.Checks;

/// <summary>Can a send and a receive buffer be what the caller says they are?</summary>
internal static unsafe class Buffers
{
    /// <summary>Two bits below what 64 hold, so that no sum of an offset and a length can overflow further down.</summary>
    private const ulong ByteLimit = 1UL << 62;

    public static bool AreValid(void* send, void* recv, ulong count, ulong elementSize, out Fault fault)
    {
        fault = Fault.None;
        if (count >= ByteLimit / elementSize)
        {
            fault = Invalid($"count: expected count * element size below 2^62, found {count} * {elementSize}");
        }
        else if (count == 0 || (send == recv && send != null))
        {
            return true;
        }
        else if (send == null || recv == null)
        {
            fault = Invalid($"{(send == null ? "send" : "recv")}: expected a buffer of {count} elements, found NULL");
        }
        else if (Distance(send, recv) < count * elementSize)
        {
            fault = Invalid(
                "recv: expected send itself (in place) or a buffer that doesn't overlap it, found one that starts "
                + $"{Distance(send, recv)} bytes {(recv > send ? "after" : "before")} a send buffer of {count * elementSize} bytes");
        }

        return fault.IsNone;
    }

    /// <summary>In place a late member's input would be lost without one.</summary>
    public static bool HasPlaceForContribution(void* send, void* recv, ulong count, in OperationOptions options, out Fault fault)
    {
        fault = options.OnLate == OnLate.Proceed && send == recv && count > 0 && options.Contribution == null
            ? Invalid($"options.contribution: expected a buffer of {count} elements, which COLL_ON_LATE_PROCEED needs in place, found NULL")
            : Fault.None;
        return fault.IsNone;
    }

    private static ulong Distance(void* one, void* other) =>
        one > other ? (ulong)((byte*)one - (byte*)other) : (ulong)((byte*)other - (byte*)one);

    private static Fault Invalid(string message) => new(Status.InvalidArgument, message);
}
