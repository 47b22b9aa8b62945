using System.Runtime.InteropServices;
using Collectives.Algorithms;
using Collectives.Native.Checks;
using Collectives.Native.Structs;

namespace Collectives.Native.Exports;

/// <summary>coll_recv, _start.</summary>
internal static unsafe class RecvExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_recv")]
    public static int Run(nint comm, void* buffer, ulong count, int type, uint from, Options* options, Result* result) =>
        Calling.Run(comm, RequestOf(buffer, count, type, from), options, result);

    [UnmanagedCallersOnly(EntryPoint = "coll_recv_start")]
    public static int Start(nint comm, void* buffer, ulong count, int type, uint from, Options* options, nint* output) =>
        Calling.Start(comm, RequestOf(buffer, count, type, from), options, output);

    private static Request RequestOf(void* buffer, ulong count, int type, uint from) => new()
    {
        Call = Request.CallOf(Collective.Pair, null, buffer, count, type),
        Receives = true,
        Other = from,
    };
}
