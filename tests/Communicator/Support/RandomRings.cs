using System.Collections.Immutable;
using Collectives.Membership;

namespace Collectives.Communication.Tests.Support;

/// <summary>Ways round the members as no plan would have them: some share links, and shares are odd.</summary>
internal static class RandomRings
{
    public static ImmutableArray<RosterRing> Of(int world, int seed, params ushort[] shares)
    {
        Random random = new(seed);
        return [.. shares.Select(share =>
        {
            ushort[] order = [.. Enumerable.Range(0, world).Select(rank => (ushort)rank)];
            random.Shuffle(order);
            return new RosterRing([.. order], share);
        })];
    }
}
