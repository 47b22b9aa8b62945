using System.Runtime.InteropServices;
using Collectives.Algorithms;
using Collectives.Algorithms.Reduction;
using Collectives.Communication;
using Collectives.Native.Checks;
using Collectives.Native.Handles;
using Collectives.Native.Structs;
using Collectives.Transport;

namespace Collectives.Native.Exports;

/// <summary>coll_all_reduce, coll_all_reduce_start.</summary>
internal static unsafe class AllReduceExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_all_reduce")]
    public static int Run(
        nint comm, void* send, void* recv, ulong count, int type, int op, Options* options, Result* result)
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

            if (!TryCheck(send, recv, count, type, op, options, out OperationOptions checkedOptions, out Fault fault)
                || !Sized.IsWritable(result, "result", out fault))
            {
                return Failure.Report(fault);
            }

            fault = borrow.Value.Run(CallOf(send, recv, count, type, op), checkedOptions, out OperationResult outcome);
            if (!fault.IsNone)
            {
                return Failure.Report(fault);
            }

            Sized.Write(result, Result.From(outcome));
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "coll_all_reduce_start")]
    public static int Start(
        nint comm, void* send, void* recv, ulong count, int type, int op, Options* options, nint* output)
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
            using Borrow<Communicator> borrow = LiveHandles.Communicators.Borrow(comm);
            if (!borrow.IsLive)
            {
                return Failure.Report(Handle.Dead("comm", HandleKind.Communicator, comm));
            }

            if (!TryCheck(send, recv, count, type, op, options, out OperationOptions checkedOptions, out Fault fault))
            {
                return Failure.Report(fault);
            }

            Work work = borrow.Value.Start(CallOf(send, recv, count, type, op), checkedOptions);
            *output = LiveHandles.Works.Add(work);
            if (*output == 0)
            {
                work.Dispose();
                return Failure.Report(Handle.NoneLeft(HandleKind.Work));
            }

            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    private static CollectiveCall CallOf(void* send, void* recv, ulong count, int type, int op) => new()
    {
        Collective = Collective.AllReduce,
        Send = (byte*)send,
        Receive = (byte*)recv,
        Count = count,
        Type = (DataType)type,
        Op = (ReduceOp)op,
    };

    private static bool TryCheck(
        void* send, void* recv, ulong count, int type, int op, Options* options,
        out OperationOptions checkedOptions, out Fault fault)
    {
        checkedOptions = default;
        return ElementTypes.TryGetSize(type, out ulong elementSize, out fault)
            && ElementTypes.IsKnownOp(op, out fault)
            && Buffers.AreValid(send, recv, count, elementSize, out fault)
            && OptionChecks.TryRead(options, type, op, out checkedOptions, out fault)
            && Buffers.HasPlaceForContribution(send, recv, count, checkedOptions, out fault);
    }
}
