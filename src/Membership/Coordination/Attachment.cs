using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>A session at the coordinator, from its handshake to its end.</summary>
internal sealed class Attachment(long session, MemberId member, uint group, ulong epoch, string observedHost, int heartbeatMs, long now)
{
    public long Session { get; } = session;

    public MemberId MemberId { get; } = member;

    public uint GroupNumber { get; } = group;

    /// <summary>The epoch that the member said it is active in; 0 for none.</summary>
    public ulong PresentedEpoch { get; } = epoch;

    public string ObservedHost { get; } = observedHost;

    /// <summary>Silence that means death, in both directions.</summary>
    public int HeartbeatMs { get; set; } = heartbeatMs;

    public long LastHeard { get; set; } = now;

    public long BeatAt { get; set; } = long.MaxValue;

    /// <summary>Null until it has registered.</summary>
    public GroupState? Group { get; set; }

    public MemberState? Member { get; set; }
}
