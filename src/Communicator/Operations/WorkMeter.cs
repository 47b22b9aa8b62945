using Collectives.Membership.Messages;

namespace Collectives.Communication.Operations;

/// <summary>How much large operations have done, and in how much time: what an order of the members is judged by.</summary>
internal sealed class WorkMeter
{
    /// <summary>Smaller operations tell of round trips and not of what links carry.</summary>
    public const long LargeBytes = 1 << 20;

    private ulong _bytes, _ms;
    private int _inFlight;
    private long _sinceMs;

    public void Begun(long bytes, long nowMs)
    {
        if (bytes >= LargeBytes && _inFlight++ == 0) _sinceMs = nowMs;
    }

    public void Ended(long bytes, bool well, long nowMs)
    {
        if (bytes < LargeBytes) return;
        if (well) _bytes += (ulong)bytes;
        if (--_inFlight == 0) _ms += (ulong)(nowMs - _sinceMs);
    }

    public WorkReport Report(long nowMs) => new(_bytes, _ms + (_inFlight > 0 ? (ulong)(nowMs - _sinceMs) : 0));
}
