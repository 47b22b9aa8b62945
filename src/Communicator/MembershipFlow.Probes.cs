using System.Collections.Immutable;
using Collectives.Communication.Observation;
using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Transport;
using Collectives.Transport.Logging;

namespace Collectives.Communication;

/// <summary>What the coordinator needs to know of far links, to put the members in the order in which these carry the most.</summary>
internal sealed partial class MembershipFlow
{
    private const uint LongestProbeMs = 10_000;

    /// <summary>A link of which the coordinator knows too little.</summary>
    public void OnProbe(Probe probe) => Post(() => Begin(probe));

    /// <summary>The links of a forming epoch are up: how far they reach is told with it, in worlds whose links are agreed on.</summary>
    private void SayReady(Epoch epoch)
    {
        var links = ImmutableArray.CreateBuilder<PeerRoundTrip>();
        if (epoch.World <= Roster.MaxRingWorld)
        {
            foreach (Peer? peer in epoch.Peers)
            {
                if (peer?.Link.State is not { RoundTripUs: > 0 } state) continue;
                links.Add(new PeerRoundTrip(peer.Id, MemberView.RoundTripUs(state)));
                // Of those that nobody has measured the coordinator will ask for probes.
                if (state is { IsFar: true, Rate: 0 } && epoch.World > 2 && !_keepsOrder) peer.Link.Prepare();
            }
        }

        _session!.Ready(new Ready(epoch.Number, links.DrainToImmutable()));
    }

    private void Begin(Probe probe)
    {
        if (!_closed.IsNone) return;
        if (_engine.Peers.FirstOrDefault(peer => peer?.Id == probe.Peer)?.Link is not { } link)
        {
            _session!.Probed(new Probed(probe.Number, 0, 0));
            return;
        }

        long beganMs = _loop.NowMs;
        link.Probe((int)Math.Min(probe.LimitMs, LongestProbeMs), rate =>
        {
            uint roundTripUs = link.State.RoundTripUs;
            Log.At(LogLevel.Info, "link_probed")?.Add("member", _self).Add("peer", probe.Peer).Add("bytes_per_second", (long)rate)
                .Add("rtt_us", roundTripUs).Add("ms", _loop.NowMs - beganMs).Write();
            _session!.Probed(new Probed(probe.Number, (ulong)rate, roundTripUs));
        });
    }
}
