namespace Collectives.Algorithms;

/// <summary>How algorithms are called in messages, on command lines and in Python.</summary>
public static class AlgorithmNames
{
    private static readonly string[] s_names =
        ["auto", "ring", "exchange", "star", "two_way_ring", "tree", "halving", "direct", "hierarchical"];

    public static IReadOnlyList<string> All => s_names;

    /// <summary>Of a value that came from the network too.</summary>
    public static string NameOf(Algorithm algorithm) =>
        (int)algorithm >= 0 && (int)algorithm < s_names.Length ? s_names[(int)algorithm] : ((int)algorithm).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
