using System.Runtime.InteropServices;
using Collectives.Communication;
using Collectives.Membership.Server;
using Collectives.Native.Structs;
using Collectives.Transport;
using Collectives.Transport.Logging;

namespace Collectives.Native.Checks;

/// <summary>From coll_config and coll_coordinator_config, with the environment and the defaults, to settings.</summary>
internal static unsafe class ConfigChecks
{
    private static readonly CommunicatorSettings Defaults = new();
    private static readonly CoordinatorSettings CoordinatorDefaults = new();

    /// <summary>Ranges are left to the settings' own Validate, which names the field.</summary>
    public static bool TryRead(Config* source, out CommunicatorSettings settings, out Fault fault)
    {
        settings = Defaults;
        if (!Sized.TryRead(source, "config", out Config given, out fault))
        {
            return false;
        }

        SettingSource from = default;
        settings = new CommunicatorSettings
        {
            Coordinator = from.Text(given.Coordinator, "COLLECTIVES_COORDINATOR") ?? Defaults.Coordinator,
            Group = from.Number(given.Group, "COLLECTIVES_GROUP", Defaults.Group),
            MinMembers = Signed(from.Number(given.MinMembers, "COLLECTIVES_MIN_MEMBERS", (uint)Defaults.MinMembers)),
            Lanes = Signed(from.Number(given.Lanes, "COLLECTIVES_LANES", (uint)Defaults.Lanes)),
            Advertise = from.Text(given.Advertise, "COLLECTIVES_ADVERTISE") ?? Defaults.Advertise,
            InterfaceName = from.Text(given.InterfaceName, "COLLECTIVES_INTERFACE_NAME") ?? Defaults.InterfaceName,
            PortRange = from.Text(given.PortRange, "COLLECTIVES_PORT_RANGE") ?? Defaults.PortRange,
            Token = from.Text(given.Token, "COLLECTIVES_TOKEN") ?? Defaults.Token,
            CongestionControl = from.Text(given.CongestionControl, "COLLECTIVES_CONGESTION_CONTROL") ?? Defaults.CongestionControl,
            HeartbeatMs = Signed(from.Number(given.HeartbeatMs, "COLLECTIVES_HEARTBEAT_MS", (uint)Defaults.HeartbeatMs)),
            SpinUs = from.Number(given.SpinUs, "COLLECTIVES_SPIN_US", Defaults.SpinUs),
            DeadlineMs = from.Number(given.DeadlineMs, "COLLECTIVES_DEADLINE_MS", Defaults.DeadlineMs),
            ScratchLimitBytes = from.Number(given.ScratchLimitBytes, "COLLECTIVES_SCRATCH_LIMIT_BYTES", Defaults.ScratchLimitBytes),
            KeepaliveS = Signed(from.Number(given.KeepaliveS, "COLLECTIVES_KEEPALIVE_S", (uint)Defaults.KeepaliveS)),
            UserTimeoutMs = Signed(from.Number(given.UserTimeoutMs, "COLLECTIVES_USER_TIMEOUT_MS", (uint)Defaults.UserTimeoutMs)),
            KeepOrder = from.Number(given.KeepOrder, "COLLECTIVES_KEEP_ORDER", Defaults.KeepOrder),
            DumpDirectory = from.Text(given.DumpDir, "COLLECTIVES_DUMP_DIR") ?? Defaults.DumpDirectory,
            RecordedEvents = from.Number(given.RecordedEvents, "COLLECTIVES_RECORDED_EVENTS", Defaults.RecordedEvents),
        };
        fault = from.Fault.IsNone ? CheckLog() : from.Fault;
        return fault.IsNone;
    }

    /// <summary>A coordinator has no environment variables: its command line or its host program decides.</summary>
    public static bool TryRead(CoordinatorConfig* source, out CoordinatorSettings settings, out Fault fault)
    {
        settings = CoordinatorDefaults;
        fault = Fault.None;
        CoordinatorConfig given = default;
        if (source != null && !Sized.TryRead(source, "config", out given, out fault))
        {
            return false;
        }

        settings = new CoordinatorSettings
        {
            Listen = Marshal.PtrToStringUTF8((nint)given.Listen) ?? CoordinatorDefaults.Listen,
            Token = Marshal.PtrToStringUTF8((nint)given.Token) ?? CoordinatorDefaults.Token,
            Metrics = Marshal.PtrToStringUTF8((nint)given.Metrics) ?? CoordinatorDefaults.Metrics,
            HeartbeatMs = given.HeartbeatMs == 0 ? CoordinatorDefaults.HeartbeatMs : Signed(given.HeartbeatMs),
        };
        return true;
    }

    /// <summary>A level with a typing mistake would be a log that stays silent when it is needed.</summary>
    private static Fault CheckLog()
    {
        string? text = Environment.GetEnvironmentVariable(Log.Variable);
        return LogLevels.TryParse(text, out _)
            ? Fault.None
            : new Fault(Status.InvalidArgument, $"{Log.Variable}: expected {LogLevels.Expected}, found \"{text}\"");
    }

    /// <summary>Values beyond int's range stay beyond every range that Validate allows.</summary>
    private static int Signed(uint value) => (int)Math.Min(value, int.MaxValue);
}
