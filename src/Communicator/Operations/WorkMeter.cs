using Collectives.Membership.Messages;

namespace Collectives.Communication.Operations;

/// <summary>How much is sent for operations, and in how much time: what an order of the members is judged by.</summary>
internal sealed class WorkMeter
{
    /// <summary>Smaller operations tell of round trips and not of what links carry: while only those are in flight, no time passes.</summary>
    public const ulong LargeBytes = 1 << 20;

    private ulong _bytes, _ms;
    private int _inFlight;
    private long _sinceMs;

    /// <param name="bytes">Of the operation's buffer.</param>
    public void Begun(ulong bytes, long nowMs)
    {
        if (bytes >= LargeBytes && _inFlight++ == 0) _sinceMs = nowMs;
    }

    /// <param name="bytes">As when it began.</param>
    public void Ended(ulong bytes, long nowMs)
    {
        if (bytes >= LargeBytes && --_inFlight == 0) _ms += (ulong)(nowMs - _sinceMs);
    }

    public void Sent(int bytes)
    {
        if (_inFlight > 0) _bytes += (ulong)bytes;
    }

    public WorkReport Report(long nowMs) => new(_bytes, _ms + (_inFlight > 0 ? (ulong)(nowMs - _sinceMs) : 0));
}
