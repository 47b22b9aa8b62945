namespace Collectives.Algorithms.Costs;

/// <summary>A part of the data and its way through the members: summed up one tree, and copied down another.</summary>
/// <param name="Share">Of the buffer.</param>
/// <param name="Sum">Null: nothing is summed on the way, and the root of the way down has it.</param>
/// <param name="Result">Null: the sum stays at the root of the way up.</param>
/// <param name="IsAddedUp">Who gets it adds it to its own: everybody makes the sum for itself.</param>
/// <param name="IsCut">Into segments, as large as <see cref="Schedules.ChunkLayout"/> has them; else one frame.</param>
internal sealed record Block(double Share, CostTree? Sum, CostTree? Result, bool IsAddedUp = false, bool IsCut = true)
{
    public int Hops => (Sum?.Depth ?? 0) + (Result?.Depth ?? 0);
}
