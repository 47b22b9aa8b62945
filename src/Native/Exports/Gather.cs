using System.Runtime.InteropServices;
using Collectives.Algorithms;
using Collectives.Native.Checks;
using Collectives.Native.Structs;

namespace Collectives.Native.Exports;

/// <summary>coll_gather, _start.</summary>
internal static unsafe class GatherExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_gather")]
    public static int Run(nint comm, void* send, void* recv, ulong count, int type, uint root, Options* options, Result* result) =>
        Calling.Run(comm, RequestOf(send, recv, count, type, root), options, result);

    [UnmanagedCallersOnly(EntryPoint = "coll_gather_start")]
    public static int Start(nint comm, void* send, void* recv, ulong count, int type, uint root, Options* options, nint* output) =>
        Calling.Start(comm, RequestOf(send, recv, count, type, root), options, output);

    private static Request RequestOf(void* send, void* recv, ulong count, int type, uint root) => new()
    {
        Call = Request.CallOf(Collective.Gather, send, recv, count, type),
        Root = root,
    };
}
