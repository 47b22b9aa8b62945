using System.Runtime.InteropServices;
using Collectives.Algorithms;
using Collectives.Native.Checks;
using Collectives.Native.Structs;

namespace Collectives.Native.Exports;

/// <summary>coll_reduce, _start.</summary>
internal static unsafe class ReduceExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_reduce")]
    public static int Run(nint comm, void* send, void* recv, ulong count, int type, int op, uint root, Options* options, Result* result) =>
        Calling.Run(comm, RequestOf(send, recv, count, type, op, root), options, result);

    [UnmanagedCallersOnly(EntryPoint = "coll_reduce_start")]
    public static int Start(nint comm, void* send, void* recv, ulong count, int type, int op, uint root, Options* options, nint* output) =>
        Calling.Start(comm, RequestOf(send, recv, count, type, op, root), options, output);

    private static Request RequestOf(void* send, void* recv, ulong count, int type, int op, uint root) => new()
    {
        Call = Request.CallOf(Collective.Reduce, send, recv, count, type, op),
        Root = root,
    };
}
