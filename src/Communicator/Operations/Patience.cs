namespace Collectives.Communication.Operations;

/// <summary>
/// How long an operation without a deadline of its own may stand still: ten times the longest pause that any operation of
/// this communicator has had before it went on, so that steps of minutes are given minutes and a group that never paused
/// does not wait for hours. A pause is a time in which nothing was sent or received for the operation; waiting for a member
/// that calls late is one.
/// </summary>
internal struct Patience
{
    public const long LeastMs = 60_000, MostMs = 300_000;

    private const int Times = 10;

    private long _longestMs;

    public readonly long LimitMs => Math.Clamp(Times * _longestMs, LeastMs, MostMs);

    /// <summary>An operation has gone on after so long.</summary>
    public void Note(long pauseMs) => _longestMs = Math.Max(_longestMs, pauseMs);
}
