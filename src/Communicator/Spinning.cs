namespace Collectives.Communication;

/// <summary>How long a waiting thread looks for arriving bytes before it sleeps.</summary>
internal static class Spinning
{
    /// <summary>
    /// A few round trips on loopback. The spin yields the processor at each turn, so that more members than cores
    /// on a machine don't stand in each other's way.
    /// </summary>
    private const int DefaultUs = 50;

    public static int Choose(int wantedUs) => wantedUs switch
    {
        < 0 => 0,
        0 => Environment.ProcessorCount > 1 ? DefaultUs : 0,
        _ => wantedUs,
    };
}
