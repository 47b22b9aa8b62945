using System.Collections.Immutable;
using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Simulation.Tests.Wires;

/// <summary>
/// What members say of the lines between them: some are near, and what the others carry is different for each direction and
/// changes now and then. Nothing is really carried at that rate: it is the order of the members that follows from it.
/// </summary>
internal sealed class FarLines(int seed)
{
    /// <summary>Lines carry the same for so long.</summary>
    private const long SameMs = 3_000;

    private const double MBps = 1e6;

    /// <summary>The same from both ends; 0: near.</summary>
    public uint RoundTripUs(MemberId one, MemberId other)
    {
        uint drawn = (uint)Mixed(one.High ^ other.High);
        return drawn % 6 == 0 ? 0 : 2_000 + drawn % 60_000;
    }

    /// <summary>Bytes per second; now and then, nothing gets through.</summary>
    public double Rate(MemberId from, MemberId to, long nowMs)
    {
        ulong drawn = Mixed((from.High * 3) ^ to.High ^ (ulong)(nowMs / SameMs));
        return drawn % 16 == 0 ? 0 : MBps * (1 + drawn % 97);
    }

    public ImmutableArray<PeerRoundTrip> FarFrom(MemberId self, Roster roster) =>
        [.. roster.Members.Select(member => new PeerRoundTrip(member.Id, RoundTripUs(self, member.Id))).Where(link => link.Peer != self && link.RoundTripUs > 0)];

    /// <summary>What a member sees after a while, and what its operations have come to.</summary>
    public Report Report(MemberId self, Roster roster, long nowMs) => new(
        [.. roster.Members.Where(member => member.Id != self).Select(member =>
            new LinkReport(member.Id, 1, 0, 0, Math.Max(100, RoundTripUs(self, member.Id)), (ulong)Rate(self, member.Id, nowMs), "cubic"))],
        [], new WorkReport((ulong)nowMs * (40_000 + Mixed((ulong)(nowMs / SameMs)) % 2_000), (ulong)nowMs));

    private ulong Mixed(ulong value)
    {
        value = (value ^ (ulong)seed) * 0x9E37_79B9_7F4A_7C15UL;
        value = (value ^ (value >> 32)) * 0xBF58_476D_1CE4_E5B9UL;
        return (value ^ (value >> 29)) >> 8;
    }
}
