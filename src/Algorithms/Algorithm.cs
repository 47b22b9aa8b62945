namespace Collectives.Algorithms;

/// <summary>With the values of COLL_ALGORITHM_* in collectives.h.</summary>
public enum Algorithm
{
    Auto = 0,
    Ring = 1,
    Exchange = 2,
    Star = 3,
    TwoWayRing = 4,
    Tree = 5,
    Halving = 6,
    Direct = 7,
    Hierarchical = 8,
}
