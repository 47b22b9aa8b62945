namespace Collectives.Algorithms.Reduction;

/// <summary>Element types, with the values of coll_dtype in collectives.h.</summary>
public enum DataType
{
    I8 = 1,
    U8 = 2,
    I16 = 3,
    U16 = 4,
    I32 = 5,
    U32 = 6,
    I64 = 7,
    U64 = 8,
    F16 = 20,
    BF16 = 21,
    F32 = 22,
    F64 = 23,
}
