using System.Runtime.InteropServices;
using Collectives.Algorithms;
using Collectives.Native.Checks;
using Collectives.Native.Structs;

namespace Collectives.Native.Exports;

/// <summary>coll_reduce_scatter, _start, _v, _v_start.</summary>
internal static unsafe class ReduceScatterExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_reduce_scatter")]
    public static int Run(nint comm, void* send, void* recv, ulong count, int type, int op, Options* options, Result* result) =>
        Calling.Run(comm, RequestOf(send, recv, count, type, op), options, result);

    [UnmanagedCallersOnly(EntryPoint = "coll_reduce_scatter_start")]
    public static int Start(nint comm, void* send, void* recv, ulong count, int type, int op, Options* options, nint* output) =>
        Calling.Start(comm, RequestOf(send, recv, count, type, op), options, output);

    [UnmanagedCallersOnly(EntryPoint = "coll_reduce_scatter_v")]
    public static int RunCounted(nint comm, void* send, void* recv, ulong* counts, int type, int op, Options* options, Result* result) =>
        Calling.Run(comm, Counted(send, recv, counts, type, op), options, result);

    [UnmanagedCallersOnly(EntryPoint = "coll_reduce_scatter_v_start")]
    public static int StartCounted(nint comm, void* send, void* recv, ulong* counts, int type, int op, Options* options, nint* output) =>
        Calling.Start(comm, Counted(send, recv, counts, type, op), options, output);

    private static Request RequestOf(void* send, void* recv, ulong count, int type, int op) => new()
    {
        Call = Request.CallOf(Collective.ReduceScatter, send, recv, count, type, op),
    };

    private static Request Counted(void* send, void* recv, ulong* counts, int type, int op) => new()
    {
        Call = Request.CallOf(Collective.ReduceScatter, send, recv, 0, type, op) with { Counts = counts },
        HasCounts = true,
    };
}
