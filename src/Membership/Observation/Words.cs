using Collectives.Membership.Coordination;

namespace Collectives.Membership.Observation;

/// <summary>Standings, phases and reasons as they stand in documents and labels.</summary>
internal static class Words
{
    public static string Of(Standing standing) => standing switch
    {
        Standing.Pending => "pending",
        Standing.Joining => "joining",
        Standing.Returning => "returning",
        _ => "active",
    };

    public static string Of(Phase phase) => phase switch
    {
        Phase.Waiting => "waiting",
        Phase.Connecting => "connecting",
        Phase.Ready => "ready",
        Phase.Updating => "updating",
        _ => "running",
    };

    public static string Of(LossReason reason) => reason switch
    {
        LossReason.Disconnected => "disconnected",
        LossReason.Silent => "silent",
        LossReason.Left => "left",
        LossReason.Unreachable => "unreachable",
        LossReason.NotReady => "not_ready",
        LossReason.Restarted => "restarted",
        LossReason.Late => "late",
        _ => "other",
    };
}
