namespace Collectives.Algorithms.Costs;

/// <summary>Latency and rate of one link, with what is assumed where nothing is known.</summary>
internal static class LinkSpeed
{
    /// <summary>The way there, and the wake-up at its end.</summary>
    public static double Latency(LinkModel links, MachineModel machine, int from, int to) =>
        machine.Hop + (links.ShareHost(from, to) ? 0 : links.RoundTripUs(from, to) / 2e6);

    /// <summary>Within a host nothing but its processors limits it.</summary>
    public static double BytesPerSecond(LinkModel links, MachineModel machine, int from, int to)
    {
        if (links.ShareHost(from, to)) return double.PositiveInfinity;
        if (links.BytesPerSecond(from, to) is var known and > 0) return known;
        if (!links.IsFar(from, to)) return machine.NearBytesPerSecond;
        return links.UnknownFarRate > 0 ? links.UnknownFarRate : machine.FarBytesPerSecond;
    }
}
