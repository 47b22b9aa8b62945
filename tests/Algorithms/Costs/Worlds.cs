using Collectives.Algorithms.Costs;

namespace Collectives.Algorithms.Tests.Costs;

/// <summary>Worlds to choose for.</summary>
internal static class Worlds
{
    public const long KiB = 1024, MiB = 1024 * KiB;

    public const uint FarUs = 20_000;

    public const long Far = 12_500_000;

    public static LinkModel LongLines(int world) => LinkModel.Uniform(world, FarUs, Far);

    /// <summary>So many members in each site, on machines of their own; sites are far from each other.</summary>
    public static LinkModel OfSites(params int[] sizes)
    {
        int[] siteOf = [.. sizes.SelectMany((size, site) => Enumerable.Repeat(site, size))];
        int world = siteOf.Length;
        var roundTrips = new uint[world * world];
        var rates = new long[world * world];
        for (int from = 0; from < world; from++)
        {
            for (int to = 0; to < world; to++)
            {
                bool near = siteOf[from] == siteOf[to];
                if (from == to) continue;
                roundTrips[from * world + to] = near ? 100 : FarUs;
                rates[from * world + to] = near ? 0 : Far;
            }
        }

        return new LinkModel(roundTrips, rates, [.. Enumerable.Range(0, world)]);
    }

    public static Chooser ChooserOf(LinkModel links, params Algorithm[] allowed) =>
        new(links, [], allowed.Length == 0 ? AlgorithmSet.All : AlgorithmSet.Of(allowed));

    public static Algorithm Choose(LinkModel links, long bytes, Collective collective = Collective.AllReduce, int root = 0) =>
        ChooserOf(links).Choose(new ChoiceQuestion(collective, bytes, root)).Algorithm;
}
