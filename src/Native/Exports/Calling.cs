using Collectives.Communication;
using Collectives.Native.Checks;
using Collectives.Native.Handles;
using Collectives.Native.Structs;
using Collectives.Transport;

namespace Collectives.Native.Exports;

/// <summary>What the exports of all collectives share: the communicator is looked up, the request checked, then run or started.</summary>
internal static unsafe class Calling
{
    public static int Run(nint comm, in Request request, Options* options, Result* result)
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

            if (!TryCheck(borrow.Value, request, options, out CollectiveCall call, out OperationOptions read, out Fault fault)
                || !Sized.IsWritable(result, "result", out fault))
            {
                return Failure.Report(fault);
            }

            fault = borrow.Value.Run(call, read, out OperationResult outcome);
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

    public static int Start(nint comm, in Request request, Options* options, nint* output)
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

            if (!TryCheck(borrow.Value, request, options, out CollectiveCall call, out OperationOptions read, out Fault fault))
            {
                return Failure.Report(fault);
            }

            Work work = borrow.Value.Start(call, read);
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

    private static bool TryCheck(Communicator communicator, in Request request, Options* options,
        out CollectiveCall call, out OperationOptions read, out Fault fault)
    {
        read = default;
        return RequestChecks.TryRead(request, communicator.Info, out call, out fault)
            && OptionChecks.TryRead(options, call, out read, out fault)
            && Buffers.HasPlaceForContribution(call, read, out fault);
    }
}
