using System.Globalization;
using Collectives.Communication.Recording;
using Collectives.Transport;
using Collectives.Transport.Handshake;

namespace Collectives.Communication;

/// <summary>What coll_config says, with the environment already merged in and defaults filled in.</summary>
public sealed record CommunicatorSettings
{
    public const int DefaultHeartbeatMs = 3000;

    /// <summary>Of joining and updating.</summary>
    public const long DefaultDeadlineMs = 300_000;

    public const ulong MinScratchBytes = 4 << 20;

    public string Coordinator { get; init; } = "";
    public uint Group { get; init; }
    public int MinMembers { get; init; } = 1;

    /// <summary>1: the members are to stay in the order of their ranks, whatever their links carry.</summary>
    public int KeepOrder { get; init; }

    /// <summary>TCP connections per link; 0: the library chooses.</summary>
    public int Lanes { get; init; }

    public string? Advertise { get; init; }
    public string? InterfaceName { get; init; }

    /// <summary>"FIRST-LAST": the ports that lanes are listened for at; nothing: any free one.</summary>
    public string? PortRange { get; init; }

    public string Token { get; init; } = "";
    public string? CongestionControl { get; init; }
    public int HeartbeatMs { get; init; } = DefaultHeartbeatMs;

    /// <summary>0: the library chooses; -1: never.</summary>
    public int SpinUs { get; init; }

    /// <summary>0: operations end when they stand still for too long, other calls by <see cref="DefaultDeadlineMs"/>.</summary>
    public long DeadlineMs { get; init; }

    public long CallDeadlineMs => DeadlineMs > 0 ? DeadlineMs : DefaultDeadlineMs;

    /// <summary>0: see <see cref="ScratchBudget"/>.</summary>
    public ulong ScratchLimitBytes { get; init; }

    public int KeepaliveS { get; init; } = 15;

    /// <summary>0: half of the heartbeat, so that a link which swallows everything is noticed, and given up, within one.</summary>
    public int UserTimeoutMs { get; init; }

    /// <summary>How long a link may be without a lane before it is complained of: the other half.</summary>
    public int ReconnectMs => Math.Max(1, HeartbeatMs / 2);

    /// <summary>Where dumps of failed operations are written; empty: nowhere.</summary>
    public string DumpDirectory { get; init; } = "";

    /// <summary>Events that the flight recorder keeps; 0: the default, -1: none.</summary>
    public int RecordedEvents { get; init; }

    public Fault Validate()
    {
        if (string.IsNullOrWhiteSpace(Coordinator))
            return Invalid("coordinator", "\"HOST:PORT[,HOST:PORT...]\" (or the environment variable COLLECTIVES_COORDINATOR)", "nothing");
        if (MinMembers is < 1 or > 4096) return Invalid("min_members", "1..4096", MinMembers);
        if (Lanes is < 0 or > Hello.MaxLanes) return Invalid("lanes", $"0..{Hello.MaxLanes}", Lanes);
        if (HeartbeatMs is < 100 or > 3_600_000) return Invalid("heartbeat_ms", "100..3600000", HeartbeatMs);
        if (SpinUs is < -1 or > 1_000_000) return Invalid("spin_us", "-1..1000000", SpinUs);
        if (DeadlineMs < 0) return Invalid("deadline_ms", "0 or a positive number", DeadlineMs);
        ulong smallest = Math.Max(MinScratchBytes, ScratchBudget.SmallestLimit(Lanes));
        if (ScratchLimitBytes > 0 && ScratchLimitBytes < smallest)
            return Invalid("scratch_limit_bytes", $"0 or at least {smallest} with {Math.Max(1, Lanes)} lanes", ScratchLimitBytes);
        if (KeepaliveS is < 1 or > 32_767) return Invalid("keepalive_s", "1..32767", KeepaliveS);
        if (UserTimeoutMs is < 0 or > 3_600_000) return Invalid("user_timeout_ms", "0..3600000", UserTimeoutMs);
        if (RecordedEvents is < -1 or > FlightRecorder.MaxEvents) return Invalid("recorded_events", $"-1..{FlightRecorder.MaxEvents}", RecordedEvents);
        if (KeepOrder is < 0 or > 1) return Invalid("keep_order", "0 or 1", KeepOrder);
        if (CongestionControl is { Length: > 15 }) return Invalid("congestion_control", "a name of at most 15 characters", CongestionControl);
        return Fault.None;
    }

    private static Fault Invalid(string field, string expected, object found) => new(Status.InvalidArgument,
        string.Create(CultureInfo.InvariantCulture, $"config.{field}: expected {expected}, found {found}"));
}
