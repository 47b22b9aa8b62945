using System.Runtime.InteropServices;
using Collectives.Algorithms;
using Collectives.Native.Checks;
using Collectives.Native.Structs;

namespace Collectives.Native.Exports;

/// <summary>coll_all_reduce, _start.</summary>
internal static unsafe class AllReduceExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_all_reduce")]
    public static int Run(nint comm, void* send, void* recv, ulong count, int type, int op, Options* options, Result* result) =>
        Calling.Run(comm, RequestOf(send, recv, count, type, op), options, result);

    [UnmanagedCallersOnly(EntryPoint = "coll_all_reduce_start")]
    public static int Start(nint comm, void* send, void* recv, ulong count, int type, int op, Options* options, nint* output) =>
        Calling.Start(comm, RequestOf(send, recv, count, type, op), options, output);

    private static Request RequestOf(void* send, void* recv, ulong count, int type, int op) => new()
    {
        Call = Request.CallOf(Collective.AllReduce, send, recv, count, type, op),
    };
}
