using Collectives.Algorithms;
using Collectives.Algorithms.Reduction;
using Collectives.Communication;
using Collectives.Transport;

namespace Collectives.Native.Checks;

/// <summary>Are the type and the op among those that the header lists, and how long is an element?</summary>
internal static class ElementTypes
{
    public static bool TryGetSize(int type, out ulong size, out Fault fault)
    {
        size = (DataType)type switch
        {
            DataType.I8 or DataType.U8 => 1,
            DataType.I16 or DataType.U16 or DataType.F16 or DataType.BF16 => 2,
            DataType.I32 or DataType.U32 or DataType.F32 => 4,
            DataType.I64 or DataType.U64 or DataType.F64 => 8,
            _ => 0,
        };
        fault = size != 0
            ? Fault.None
            : new Fault(Status.InvalidArgument, $"type: expected a COLL_ element type (1..8 or 20..23), found {type}");
        return fault.IsNone;
    }

    public static bool IsFloatingPoint(DataType type) =>
        type is DataType.F16 or DataType.BF16 or DataType.F32 or DataType.F64;

    /// <summary>Whether the collective combines elements, so that its op counts.</summary>
    public static bool IsReduced(Collective collective) =>
        collective is Collective.AllReduce or Collective.ReduceScatter or Collective.Reduce;

    public static bool IsKnownOp(int op, out Fault fault)
    {
        fault = (ReduceOp)op is >= ReduceOp.Sum and <= ReduceOp.Max
            ? Fault.None
            : new Fault(Status.InvalidArgument, $"op: expected COLL_SUM, _AVG, _PROD, _MIN or _MAX (1..5), found {op}");
        return fault.IsNone;
    }
}
