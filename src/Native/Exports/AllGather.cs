using System.Runtime.InteropServices;
using Collectives.Algorithms;
using Collectives.Native.Checks;
using Collectives.Native.Structs;

namespace Collectives.Native.Exports;

/// <summary>coll_all_gather, _start, _v, _v_start.</summary>
internal static unsafe class AllGatherExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_all_gather")]
    public static int Run(nint comm, void* send, void* recv, ulong count, int type, Options* options, Result* result) =>
        Calling.Run(comm, RequestOf(send, recv, count, type), options, result);

    [UnmanagedCallersOnly(EntryPoint = "coll_all_gather_start")]
    public static int Start(nint comm, void* send, void* recv, ulong count, int type, Options* options, nint* output) =>
        Calling.Start(comm, RequestOf(send, recv, count, type), options, output);

    [UnmanagedCallersOnly(EntryPoint = "coll_all_gather_v")]
    public static int RunCounted(nint comm, void* send, void* recv, ulong* counts, int type, Options* options, Result* result) =>
        Calling.Run(comm, Counted(send, recv, counts, type), options, result);

    [UnmanagedCallersOnly(EntryPoint = "coll_all_gather_v_start")]
    public static int StartCounted(nint comm, void* send, void* recv, ulong* counts, int type, Options* options, nint* output) =>
        Calling.Start(comm, Counted(send, recv, counts, type), options, output);

    private static Request RequestOf(void* send, void* recv, ulong count, int type) => new()
    {
        Call = Request.CallOf(Collective.AllGather, send, recv, count, type),
    };

    private static Request Counted(void* send, void* recv, ulong* counts, int type) => new()
    {
        Call = Request.CallOf(Collective.AllGather, send, recv, 0, type) with { Counts = counts },
        HasCounts = true,
    };
}
