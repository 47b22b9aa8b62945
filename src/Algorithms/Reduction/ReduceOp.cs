namespace Collectives.Algorithms.Reduction;

/// <summary>Reduction operations, with the values of coll_op in collectives.h.</summary>
public enum ReduceOp
{
    Sum = 1,
    Avg = 2,
    Prod = 3,
    Min = 4,
    Max = 5,
}
