using System.Runtime.InteropServices;
using Collectives.Algorithms;
using Collectives.Native.Checks;
using Collectives.Native.Structs;

namespace Collectives.Native.Exports;

/// <summary>coll_send, _start.</summary>
internal static unsafe class SendExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_send")]
    public static int Run(nint comm, void* buffer, ulong count, int type, uint to, Options* options, Result* result) =>
        Calling.Run(comm, RequestOf(buffer, count, type, to), options, result);

    [UnmanagedCallersOnly(EntryPoint = "coll_send_start")]
    public static int Start(nint comm, void* buffer, ulong count, int type, uint to, Options* options, nint* output) =>
        Calling.Start(comm, RequestOf(buffer, count, type, to), options, output);

    private static Request RequestOf(void* buffer, ulong count, int type, uint to) => new()
    {
        Call = Request.CallOf(Collective.Pair, buffer, null, count, type),
        Other = to,
    };
}
