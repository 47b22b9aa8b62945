namespace Collectives.Algorithms.Costs.Families;

/// <summary>
/// One algorithm as the cost model sees it: the blocks that it cuts the data into, and their ways. What they cost follows from
/// these (<see cref="CostModel"/>); the formula that stands with each family is what comes out on equal links.
/// In the formulas P is the number of members, S the buffer in bytes, a the time of a hop without data (alpha) and b that of a byte on a link
/// (beta), as in Hockney 1994, "The communication challenge for MPP: Intel Paragon and Meiko CS-2".
/// </summary>
internal interface ICostFamily
{
    Algorithm Algorithm { get; }

    /// <summary>Whether it can be had for that call.</summary>
    bool Offers(in ChoiceQuestion question, WorldShape shape);

    /// <summary>Only asked for what it offers.</summary>
    List<Block> Blocks(in ChoiceQuestion question, WorldShape shape);
}
