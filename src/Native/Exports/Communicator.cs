using System.Runtime.InteropServices;
using Collectives.Communication;
using Collectives.Native.Checks;
using Collectives.Native.Handles;
using Collectives.Native.Structs;
using Collectives.Transport;

namespace Collectives.Native.Exports;

/// <summary>coll_comm_create, _update, _abort, _leave, _destroy.</summary>
internal static unsafe class CommunicatorExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_comm_create")]
    public static int Create(Config* config, nint* output)
    {
        if (ForkGuard.InChild)
        {
            return (int)Status.Forked;
        }

        try
        {
            if (output == null)
            {
                return Failure.NullArgument("out");
            }

            *output = 0;
            if (config == null)
            {
                return Failure.NullArgument("config");
            }

            if (!ConfigChecks.TryRead(config, out CommunicatorSettings settings, out Fault fault)
                || !ForkGuard.TryArm(out fault))
            {
                return Failure.Report(fault);
            }

            fault = Communicator.Create(settings, out Communicator? communicator);
            if (!fault.IsNone)
            {
                return Failure.Report(fault);
            }

            *output = LiveHandles.Communicators.Add(communicator!);
            if (*output == 0)
            {
                communicator!.Dispose();
                return Failure.Report(Handle.NoneLeft(HandleKind.Communicator));
            }

            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "coll_comm_update")]
    public static int Update(nint comm, EpochRecord* output)
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

            if (!Sized.IsWritable(output, "out", out Fault fault))
            {
                return Failure.Report(fault);
            }

            fault = borrow.Value.Update(out EpochInfo info);
            if (!fault.IsNone)
            {
                return Failure.Report(fault);
            }

            Sized.Write(output, EpochRecord.From(info));
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "coll_comm_abort")]
    public static int Abort(nint comm)
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

            borrow.Value.Abort();
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "coll_comm_leave")]
    public static int Leave(nint comm)
    {
        if (ForkGuard.InChild)
        {
            return (int)Status.Forked;
        }

        try
        {
            using Borrow<Communicator> borrow = LiveHandles.Communicators.Borrow(comm);
            return Failure.Report(borrow.IsLive
                ? borrow.Value.Leave()
                : Handle.Dead("comm", HandleKind.Communicator, comm));
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "coll_comm_destroy")]
    public static void Destroy(nint comm)
    {
        if (ForkGuard.InChild || comm == 0)
        {
            return;
        }

        try
        {
            using Closing<Communicator> closing = LiveHandles.Communicators.Close(comm);
            if (!closing.IsLive)
            {
                _ = Failure.Report(Handle.Dead("comm", HandleKind.Communicator, comm));
                return;
            }

            if (closing.InUse)
            {
                // Calls of other threads are inside: end them before what they stand on is freed.
                closing.Value.Abort();
                closing.WaitUntilUnused();
            }

            closing.Value.Dispose();
        }
        catch (Exception exception)
        {
            _ = Failure.Caught(exception);
        }
    }
}
