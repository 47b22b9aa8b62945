using System.Runtime.InteropServices;
using Collectives.Communication;
using Collectives.Native.Handles;
using Collectives.Transport;

namespace Collectives.Native.Exports;

/// <summary>coll_comm_dump.</summary>
internal static unsafe class CommunicatorDumpExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_comm_dump")]
    public static int Dump(nint comm, byte* buffer, nuint capacity, nuint* length)
    {
        if (ForkGuard.InChild)
        {
            return (int)Status.Forked;
        }

        try
        {
            using Borrow<Communicator> borrow = LiveHandles.Communicators.Borrow(comm);
            if (!borrow.IsLive)
            {
                return Failure.Report(Handle.Dead("comm", HandleKind.Communicator, comm));
            }

            if (buffer == null && capacity > 0)
            {
                return Failure.NullArgument("buffer");
            }

            byte[] document = borrow.Value.Dump();
            if (length != null)
            {
                *length = (nuint)document.Length;
            }

            return Copy(document, buffer, capacity);
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    /// <summary>All of it or nothing: half of a JSON document is none.</summary>
    private static int Copy(byte[] document, byte* buffer, nuint capacity)
    {
        if (capacity == 0)
        {
            return (int)Status.Ok;
        }

        bool fits = (nuint)document.Length < capacity;
        if (fits)
        {
            document.CopyTo(new Span<byte>(buffer, document.Length));
        }

        buffer[fits ? document.Length : 0] = 0;
        return fits
            ? (int)Status.Ok
            : Failure.InvalidArgument($"capacity: expected at least {document.Length + 1} for what there is to tell now, found {capacity}");
    }
}
