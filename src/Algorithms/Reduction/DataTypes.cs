using System.Diagnostics.CodeAnalysis;

namespace Collectives.Algorithms.Reduction;

/// <summary>What is known about each <see cref="DataType"/>. Names are those of the header's constants, in small letters.</summary>
public static class DataTypes
{
    /// <summary>All types, in the order of their values.</summary>
    public static ReadOnlySpan<DataType> All =>
    [
        DataType.I8, DataType.U8, DataType.I16, DataType.U16, DataType.I32, DataType.U32, DataType.I64, DataType.U64,
        DataType.F16, DataType.BF16, DataType.F32, DataType.F64,
    ];

    /// <summary>True for the twelve types; a value that came from outside is checked with this first.</summary>
    public static bool IsDefined(DataType type) => type is (>= DataType.I8 and <= DataType.U64)
        or (>= DataType.F16 and <= DataType.F64);

    /// <summary>Size of an element in bytes.</summary>
    public static int Size(DataType type) => type switch
    {
        DataType.I8 or DataType.U8 => 1,
        DataType.I16 or DataType.U16 or DataType.F16 or DataType.BF16 => 2,
        DataType.I32 or DataType.U32 or DataType.F32 => 4,
        DataType.I64 or DataType.U64 or DataType.F64 => 8,
        _ => throw Undefined(type),
    };

    public static bool IsFloating(DataType type) => type is >= DataType.F16 and <= DataType.F64;

    public static string Name(DataType type) => type switch
    {
        DataType.I8 => "i8",
        DataType.U8 => "u8",
        DataType.I16 => "i16",
        DataType.U16 => "u16",
        DataType.I32 => "i32",
        DataType.U32 => "u32",
        DataType.I64 => "i64",
        DataType.U64 => "u64",
        DataType.F16 => "f16",
        DataType.BF16 => "bf16",
        DataType.F32 => "f32",
        DataType.F64 => "f64",
        _ => throw Undefined(type),
    };

    /// <summary>Reads a name as <see cref="Name"/> writes it, in any case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DataType type)
    {
        foreach (DataType candidate in All)
        {
            if (string.Equals(text, Name(candidate), StringComparison.OrdinalIgnoreCase))
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }

    internal static ArgumentOutOfRangeException Undefined(DataType type) =>
        new(nameof(type), (int)type, "Expected a defined element type (1..8 or 20..23).");
}
