using System.Runtime.InteropServices;
using Collectives.Membership.Server;
using Collectives.Native.Checks;
using Collectives.Native.Handles;
using Collectives.Native.Structs;
using Collectives.Transport;

namespace Collectives.Native.Exports;

/// <summary>coll_coordinator_start, _port, _metrics_port, _stop.</summary>
internal static unsafe class CoordinatorExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_coordinator_start")]
    public static int Start(CoordinatorConfig* config, nint* output)
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
            if (!ConfigChecks.TryRead(config, out CoordinatorSettings settings, out Fault fault)
                || !ForkGuard.TryArm(out fault))
            {
                return Failure.Report(fault);
            }

            fault = CoordinatorServer.Start(settings, out CoordinatorServer? server);
            if (!fault.IsNone)
            {
                return Failure.Report(fault);
            }

            *output = LiveHandles.Coordinators.Add(server!);
            if (*output == 0)
            {
                server!.Dispose();
                return Failure.Report(Handle.NoneLeft(HandleKind.Coordinator));
            }

            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "coll_coordinator_port")]
    public static ushort Port(nint coordinator)
    {
        if (ForkGuard.InChild)
        {
            return 0;
        }

        try
        {
            using Borrow<CoordinatorServer> borrow = LiveHandles.Coordinators.Borrow(coordinator);
            if (!borrow.IsLive)
            {
                _ = Failure.Report(Handle.Dead("coordinator", HandleKind.Coordinator, coordinator));
                return 0;
            }

            return (ushort)borrow.Value.Port;
        }
        catch (Exception exception)
        {
            _ = Failure.Caught(exception);
            return 0;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "coll_coordinator_metrics_port")]
    public static ushort MetricsPort(nint coordinator)
    {
        if (ForkGuard.InChild)
        {
            return 0;
        }

        try
        {
            using Borrow<CoordinatorServer> borrow = LiveHandles.Coordinators.Borrow(coordinator);
            if (!borrow.IsLive)
            {
                _ = Failure.Report(Handle.Dead("coordinator", HandleKind.Coordinator, coordinator));
                return 0;
            }

            return (ushort)borrow.Value.MetricsPort;
        }
        catch (Exception exception)
        {
            _ = Failure.Caught(exception);
            return 0;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "coll_coordinator_stop")]
    public static int Stop(nint coordinator)
    {
        if (ForkGuard.InChild)
        {
            return (int)Status.Forked;
        }

        if (coordinator == 0)
        {
            return (int)Status.Ok;
        }

        try
        {
            using Closing<CoordinatorServer> closing = LiveHandles.Coordinators.Close(coordinator);
            if (!closing.IsLive)
            {
                return Failure.Report(Handle.Dead("coordinator", HandleKind.Coordinator, coordinator));
            }

            closing.WaitUntilUnused();
            closing.Value.Dispose();
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }
}
