using System.Runtime.InteropServices;
using Collectives.Algorithms;
using Collectives.Native.Checks;
using Collectives.Native.Structs;

namespace Collectives.Native.Exports;

/// <summary>coll_all_to_all, _start, _v, _v_start.</summary>
internal static unsafe class AllToAllExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_all_to_all")]
    public static int Run(nint comm, void* send, void* recv, ulong count, int type, Options* options, Result* result) =>
        Calling.Run(comm, RequestOf(send, recv, count, type), options, result);

    [UnmanagedCallersOnly(EntryPoint = "coll_all_to_all_start")]
    public static int Start(nint comm, void* send, void* recv, ulong count, int type, Options* options, nint* output) =>
        Calling.Start(comm, RequestOf(send, recv, count, type), options, output);

    [UnmanagedCallersOnly(EntryPoint = "coll_all_to_all_v")]
    public static int RunCounted(
        nint comm, void* send, ulong* sendCounts, void* recv, ulong* recvCounts, int type, Options* options, Result* result) =>
        Calling.Run(comm, Counted(send, sendCounts, recv, recvCounts, type), options, result);

    [UnmanagedCallersOnly(EntryPoint = "coll_all_to_all_v_start")]
    public static int StartCounted(
        nint comm, void* send, ulong* sendCounts, void* recv, ulong* recvCounts, int type, Options* options, nint* output) =>
        Calling.Start(comm, Counted(send, sendCounts, recv, recvCounts, type), options, output);

    private static Request RequestOf(void* send, void* recv, ulong count, int type) => new()
    {
        Call = Request.CallOf(Collective.AllToAll, send, recv, count, type),
    };

    private static Request Counted(void* send, ulong* sendCounts, void* recv, ulong* recvCounts, int type) => new()
    {
        Call = Request.CallOf(Collective.AllToAll, send, recv, 0, type) with { Counts = sendCounts, ReceiveCounts = recvCounts },
        HasCounts = true,
    };
}
