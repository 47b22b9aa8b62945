using System.Runtime.InteropServices;
using Collectives.Algorithms;
using Collectives.Algorithms.Reduction;
using Collectives.Communication;
using Collectives.Native.Checks;
using Collectives.Native.Structs;

namespace Collectives.Native.Exports;

/// <summary>coll_barrier, _start.</summary>
internal static unsafe class BarrierExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_barrier")]
    public static int Run(nint comm, Options* options, Result* result) => Calling.Run(comm, Request, options, result);

    [UnmanagedCallersOnly(EntryPoint = "coll_barrier_start")]
    public static int Start(nint comm, Options* options, nint* output) => Calling.Start(comm, Request, options, output);

    /// <summary>It has no elements, but on the wire every call has a type.</summary>
    private static Request Request => new()
    {
        Call = new CollectiveCall { Collective = Collective.Barrier, Type = DataType.U8 },
    };
}
