namespace Collectives.Algorithms.Costs;

/// <summary>Algorithms that may be chosen.</summary>
public readonly record struct AlgorithmSet(uint Bits)
{
    public static readonly AlgorithmSet All = new(uint.MaxValue);

    public static AlgorithmSet Of(params ReadOnlySpan<Algorithm> algorithms)
    {
        uint bits = 0;
        foreach (Algorithm algorithm in algorithms) bits |= 1u << (int)algorithm;
        return new AlgorithmSet(bits);
    }

    public bool Has(Algorithm algorithm) => (Bits >> (int)algorithm & 1) != 0;
}
