using Collectives.Transport;

namespace Collectives.Membership.Session;

/// <summary>What a member tells its coordinator, and where the coordinator is.</summary>
public sealed record SessionSettings
{
    /// <summary>"HOST:PORT[,HOST:PORT...]", in order of preference.</summary>
    public required string Coordinators { get; init; }

    public string Token { get; init; } = "";

    public uint Group { get; init; }

    public required MemberId Member { get; init; }

    /// <summary>Members that the group's first epoch needs.</summary>
    public int MinMembers { get; init; } = 1;

    /// <summary>Host that others dial this member at; empty: the address that the coordinator sees it at.</summary>
    public string AdvertisedHost { get; init; } = "";

    /// <summary>Port that this member listens on for lanes.</summary>
    public required int Port { get; init; }

    /// <summary>Silence that means death, in both directions. 0: the coordinator's own setting.</summary>
    public int HeartbeatMs { get; init; }

    /// <summary>Time to the first registration.</summary>
    public long DeadlineMs { get; init; } = 300_000;

    /// <summary>The members of the group are to stay in the order of their ranks.</summary>
    public bool KeepsOrder { get; init; }

    public const int DefaultHeartbeatMs = 3000;
    public const int MinHeartbeatMs = 100;
    public const int MaxHeartbeatMs = 3_600_000;
}
