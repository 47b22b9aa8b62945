using Collectives.Transport;

namespace Collectives.Algorithms.Costs;

/// <summary>What all members agree on of the links between them, by rank. Never changes.</summary>
public sealed class LinkModel
{
    private readonly uint[] _roundTripsUs;
    private readonly long[] _rates;
    private readonly int[] _hosts;

    /// <param name="roundTripsUs">Of each directed pair, row by row by sender; 0: not known. Empty: none is.</param>
    /// <param name="bytesPerSecond">The same way; 0: not known.</param>
    /// <param name="hosts">Of each member a number; members with the same one share a machine.</param>
    public LinkModel(ReadOnlySpan<uint> roundTripsUs, ReadOnlySpan<long> bytesPerSecond, ReadOnlySpan<int> hosts)
    {
        World = hosts.Length;
        if (roundTripsUs.Length != bytesPerSecond.Length || (!roundTripsUs.IsEmpty && roundTripsUs.Length != World * World))
            throw new ArgumentException($"expected {World * World} pairs or none, found {roundTripsUs.Length} and {bytesPerSecond.Length}");
        (_roundTripsUs, _rates, _hosts) = (roundTripsUs.ToArray(), bytesPerSecond.ToArray(), hosts.ToArray());
        UnknownFarRate = HalfOfTheSlowest();
        IsOneHost = Array.TrueForAll(_hosts, host => host == _hosts[0]);
    }

    public int World { get; }

    public bool IsOneHost { get; }

    /// <summary>Whether anything is known of the links.</summary>
    public bool IsKnown => _roundTripsUs.Length > 0;

    /// <summary>Of far links of which it is not known: half of the slowest one that is; 0: none is.</summary>
    public long UnknownFarRate { get; }

    public int HostOf(int rank) => _hosts[rank];

    public bool ShareHost(int one, int other) => _hosts[one] == _hosts[other];

    /// <summary>0: not known, which means near.</summary>
    public uint RoundTripUs(int from, int to) => _roundTripsUs.Length == 0 ? 0 : _roundTripsUs[from * World + to];

    public bool IsFar(int from, int to) => !ShareHost(from, to) && RoundTripUs(from, to) >= LinkState.FarMicroseconds;

    /// <summary>0: not known.</summary>
    public long BytesPerSecond(int from, int to) => _rates.Length == 0 ? 0 : _rates[from * World + to];

    /// <summary>All links alike, and each member on a machine of its own.</summary>
    public static LinkModel Uniform(int world, uint roundTripUs, long bytesPerSecond)
    {
        var roundTrips = new uint[world * world];
        var rates = new long[world * world];
        var hosts = new int[world];
        for (int from = 0; from < world; from++)
        {
            hosts[from] = from;
            for (int to = 0; to < world; to++)
                if (from != to) (roundTrips[from * world + to], rates[from * world + to]) = (roundTripUs, bytesPerSecond);
        }

        return new LinkModel(roundTrips, rates, hosts);
    }

    /// <summary>All members on one machine.</summary>
    public static LinkModel OneHost(int world) => new([], [], new int[world]);

    private long HalfOfTheSlowest()
    {
        long slowest = long.MaxValue;
        for (int from = 0; from < World && _rates.Length > 0; from++)
        {
            for (int to = 0; to < World; to++)
                if (IsFar(from, to) && BytesPerSecond(from, to) > 0) slowest = Math.Min(slowest, BytesPerSecond(from, to));
        }

        return slowest == long.MaxValue ? 0 : Math.Max(1, slowest / 2);
    }
}
