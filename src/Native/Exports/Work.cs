using System.Runtime.InteropServices;
using Collectives.Communication;
using Collectives.Native.Handles;
using Collectives.Native.Structs;
using Collectives.Transport;

namespace Collectives.Native.Exports;

/// <summary>coll_work_wait, _test, _fd, _destroy.</summary>
internal static unsafe class WorkExports
{
    private const long Forever = -1;

    [UnmanagedCallersOnly(EntryPoint = "coll_work_wait")]
    public static int Wait(nint work, long timeoutMs, Result* result)
    {
        if (ForkGuard.InChild)
        {
            return (int)Status.Forked;
        }

        try
        {
            using Borrow<Work> borrow = LiveHandles.Works.Borrow(work);
            if (!borrow.IsLive)
            {
                return Failure.Report(Handle.Dead("work", HandleKind.Work, work));
            }

            if (!Sized.IsWritable(result, "result", out Fault fault))
            {
                return Failure.Report(fault);
            }

            fault = borrow.Value.Wait(Math.Max(timeoutMs, Forever), out OperationResult outcome);
            return End(fault, outcome, result);
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "coll_work_test")]
    public static int Test(nint work, Result* result)
    {
        if (ForkGuard.InChild)
        {
            return (int)Status.Forked;
        }

        try
        {
            using Borrow<Work> borrow = LiveHandles.Works.Borrow(work);
            if (!borrow.IsLive)
            {
                return Failure.Report(Handle.Dead("work", HandleKind.Work, work));
            }

            if (!Sized.IsWritable(result, "result", out Fault fault))
            {
                return Failure.Report(fault);
            }

            fault = borrow.Value.Test(out OperationResult outcome);
            return End(fault, outcome, result);
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "coll_work_fd")]
    public static int Descriptor(nint work)
    {
        if (ForkGuard.InChild)
        {
            return -1;
        }

        try
        {
            using Borrow<Work> borrow = LiveHandles.Works.Borrow(work);
            if (!borrow.IsLive)
            {
                _ = Failure.Report(Handle.Dead("work", HandleKind.Work, work));
                return -1;
            }

            return borrow.Value.EventDescriptor();
        }
        catch (Exception exception)
        {
            _ = Failure.Caught(exception);
            return -1;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "coll_work_destroy")]
    public static void Destroy(nint work)
    {
        if (ForkGuard.InChild || work == 0)
        {
            return;
        }

        try
        {
            using Closing<Work> closing = LiveHandles.Works.Close(work);
            if (!closing.IsLive)
            {
                _ = Failure.Report(Handle.Dead("work", HandleKind.Work, work));
                return;
            }

            // The buffers are the library's until the end, and the handle is all that the caller can wait on.
            _ = closing.Value.Wait(Forever, out _);
            closing.WaitUntilUnused();
            closing.Value.Dispose();
        }
        catch (Exception exception)
        {
            _ = Failure.Caught(exception);
        }
    }

    private static int End(in Fault fault, in OperationResult outcome, Result* result)
    {
        if (!fault.IsNone)
        {
            return Failure.Report(fault);
        }

        Sized.Write(result, Result.From(outcome));
        return (int)Status.Ok;
    }
}
