namespace Collectives.Perf.Wan.Emulation;

/// <summary>
/// When what is put on a link comes out at its end: it waits until the link is free, takes the time of its bits, then
/// the delay, and overtakes nothing. All times in nanoseconds.
/// </summary>
internal struct LinkClock
{
    private double _free;
    private long _lastDue;

    /// <summary>Bytes that wait or are being put on the link.</summary>
    public readonly double Backlog(long now, double rate) => Math.Max(0, _free - now) * rate / 8e9;

    /// <summary>Puts so many bytes on the link and returns when they come out.</summary>
    public long Send(long now, int wireBytes, double rate, long delay)
    {
        _free = Math.Max(now, _free) + wireBytes * 8e9 / rate;
        _lastDue = Math.Max(_lastDue, (long)_free + Math.Max(0, delay));
        return _lastDue;
    }
}
