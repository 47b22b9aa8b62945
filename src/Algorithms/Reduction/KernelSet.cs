namespace Collectives.Algorithms.Reduction;

/// <summary>The loops of one reduction. Null where there is nothing to do or the combination does not exist.</summary>
internal readonly unsafe struct KernelSet
{
    /// <summary>destination, left, right, elements, weight of the right input, total weight.</summary>
    public delegate*<byte*, byte*, byte*, nuint, double, double, void> Combine { get; init; }

    public delegate*<byte*, byte*, byte*, nuint, double, double, void> CombineWeighted { get; init; }

    public delegate*<byte*, byte*, byte*, nuint, double, double, void> CombineAndFinish { get; init; }

    public delegate*<byte*, byte*, byte*, nuint, double, double, void> CombineWeightedAndFinish { get; init; }

    /// <summary>destination, source, elements, factor.</summary>
    public delegate*<byte*, byte*, nuint, double, void> Scale { get; init; }

    /// <summary>destination, source, elements, divisor.</summary>
    public delegate*<byte*, byte*, nuint, double, void> Finish { get; init; }
}
