using System.Runtime.InteropServices;
using Collectives.Transport;

namespace Collectives.Native.Exports;

/// <summary>coll_status_name, coll_last_error.</summary>
internal static unsafe class ErrorExports
{
    public static ReadOnlySpan<byte> Name(Status status) => status switch
    {
        Status.Ok => "COLL_OK"u8,
        Status.Timeout => "COLL_TIMEOUT"u8,
        Status.Pending => "COLL_PENDING"u8,
        Status.InvalidArgument => "COLL_ERR_INVALID_ARGUMENT"u8,
        Status.InvalidHandle => "COLL_ERR_INVALID_HANDLE"u8,
        Status.Mismatch => "COLL_ERR_MISMATCH"u8,
        Status.Forked => "COLL_ERR_FORKED"u8,
        Status.PeerLost => "COLL_ERR_PEER_LOST"u8,
        Status.Evicted => "COLL_ERR_EVICTED"u8,
        Status.Coordinator => "COLL_ERR_COORDINATOR"u8,
        Status.Refused => "COLL_ERR_REFUSED"u8,
        Status.Deadline => "COLL_ERR_DEADLINE"u8,
        Status.Aborted => "COLL_ERR_ABORTED"u8,
        Status.Left => "COLL_ERR_LEFT"u8,
        Status.OutOfMemory => "COLL_ERR_OUT_OF_MEMORY"u8,
        Status.System => "COLL_ERR_SYSTEM"u8,
        Status.Internal => "COLL_ERR_INTERNAL"u8,
        _ => "COLL_UNKNOWN"u8,
    };

    [UnmanagedCallersOnly(EntryPoint = "coll_status_name")]
    public static byte* StatusName(int status) => StaticText.Pointer(Name((Status)status));

    [UnmanagedCallersOnly(EntryPoint = "coll_last_error")]
    public static nuint Last(byte* buffer, nuint capacity)
    {
        try
        {
            int length = buffer == null ? 0 : (int)Math.Min(capacity, int.MaxValue);
            return (nuint)LastError.Copy(new Span<byte>(buffer, length));
        }
        catch (Exception exception)
        {
            // The length has no room for a status: the words say what went wrong with the words.
            _ = Failure.Caught(exception);
            return 0;
        }
    }
}
