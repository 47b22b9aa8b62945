using System.Diagnostics.CodeAnalysis;

namespace Collectives.Algorithms.Reduction;

/// <summary>What is known about each <see cref="ReduceOp"/>. Names are those of nccl-tests.</summary>
public static class ReduceOps
{
    /// <summary>All operations, in the order of their values.</summary>
    public static ReadOnlySpan<ReduceOp> All => [ReduceOp.Sum, ReduceOp.Avg, ReduceOp.Prod, ReduceOp.Min, ReduceOp.Max];

    /// <summary>True for the five operations; a value that came from outside is checked with this first.</summary>
    public static bool IsDefined(ReduceOp op) => op is >= ReduceOp.Sum and <= ReduceOp.Max;

    public static string Name(ReduceOp op) => op switch
    {
        ReduceOp.Sum => "sum",
        ReduceOp.Avg => "avg",
        ReduceOp.Prod => "prod",
        ReduceOp.Min => "min",
        ReduceOp.Max => "max",
        _ => throw Undefined(op),
    };

    /// <summary>Reads a name as <see cref="Name"/> writes it, in any case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ReduceOp op)
    {
        foreach (ReduceOp candidate in All)
        {
            if (string.Equals(text, Name(candidate), StringComparison.OrdinalIgnoreCase))
            {
                op = candidate;
                return true;
            }
        }

        op = default;
        return false;
    }

    internal static ArgumentOutOfRangeException Undefined(ReduceOp op) =>
        new(nameof(op), (int)op, "Expected a defined reduction (1..5).");
}
