using Collectives.Transport;
using Collectives.Transport.Logging;

namespace Collectives.Native;

/// <summary>What crosses the C boundary when a call doesn't succeed: a status, and words for coll_last_error.</summary>
internal static class Failure
{
    /// <summary>Passes a fault's status on. "Not yet" (positive) is no failure and leaves no words behind.</summary>
    public static int Report(in Fault fault)
    {
        if (fault.Status < Status.Ok)
        {
            LastError.Record(fault.Message);
        }

        return (int)fault.Status;
    }

    public static int InvalidArgument(string message) => Report(new Fault(Status.InvalidArgument, message));

    public static int NullArgument(string name) =>
        InvalidArgument($"{name}: expected a pointer, found NULL");

    /// <summary>
    /// The last line of defence: no exception may pass the C boundary, where it would end the process. Running
    /// out of memory is the world's doing, all else a bug whose message carries what is needed to find it.
    /// </summary>
    public static int Caught(Exception exception)
    {
        if (exception is OutOfMemoryException or InsufficientMemoryException)
        {
            LastError.Record("memory for the call could not be allocated");
            return (int)Status.OutOfMemory;
        }

        Log.At(LogLevel.Error, "internal_error")?.Add("text", exception.ToString()).Write();
        LastError.Record($"bug in the library, please report: {exception}");
        return (int)Status.Internal;
    }
}
