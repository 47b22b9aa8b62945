using System.Runtime.InteropServices;
using Collectives.Communication;
using Collectives.Native.Handles;
using Collectives.Native.Structs;
using Collectives.Transport;

namespace Collectives.Native.Exports;

/// <summary>coll_comm_info, coll_comm_stats: what a member knows by itself.</summary>
internal static unsafe class CommunicatorStateExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_comm_info")]
    public static int Info(nint comm, EpochRecord* output)
    {
        if (ForkGuard.InChild)
        {
            return (int)Status.Forked;
        }

        try
        {
            using Borrow<Communicator> borrow = LiveHandles.Communicators.Borrow(comm);
            if (!TryCheck(borrow, comm, output, out Fault fault))
            {
                return Failure.Report(fault);
            }

            Sized.Write(output, EpochRecord.From(borrow.Value.Info));
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "coll_comm_stats")]
    public static int Statistics(nint comm, StatisticsRecord* output)
    {
        if (ForkGuard.InChild)
        {
            return (int)Status.Forked;
        }

        try
        {
            using Borrow<Communicator> borrow = LiveHandles.Communicators.Borrow(comm);
            if (!TryCheck(borrow, comm, output, out Fault fault))
            {
                return Failure.Report(fault);
            }

            Sized.Write(output, StatisticsRecord.From(borrow.Value.Statistics));
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    private static bool TryCheck<T>(Borrow<Communicator> borrow, nint comm, T* output, out Fault fault)
        where T : unmanaged
    {
        if (!borrow.IsLive)
        {
            fault = Handle.Dead("comm", HandleKind.Communicator, comm);
        }
        else if (output == null)
        {
            fault = new Fault(Status.InvalidArgument, "out: expected a pointer, found NULL");
        }
        else
        {
            return Sized.IsWritable(output, "out", out fault);
        }

        return false;
    }
}
