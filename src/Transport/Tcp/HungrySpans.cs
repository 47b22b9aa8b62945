namespace Collectives.Transport.Tcp;

/// <summary>
/// Cuts the time in which all lanes had something to send into spans that are long enough to tell a rate: nothing is learnt of a line while
/// the operations leave it idle. Times in milliseconds of any clock.
/// </summary>
internal struct HungrySpans
{
    private const int LeastMs = 200, MostMs = 1000, RoundTrips = 4;

    private long _lastMs, _lastBytes;
    private bool _wasHungry;
    private double _spanMs, _spanBytes;

    /// <summary>To be called every few milliseconds. True if a span has ended; the rate is then its bytes per second.</summary>
    /// <param name="bytes">That have arrived over the link in all.</param>
    /// <param name="hungry">All lanes in use are full, and more is waiting for them.</param>
    /// <param name="counts">Whether the time since the last call is to count.</param>
    public bool Observe(long nowMs, long bytes, bool hungry, double roundTripMs, bool counts, out double rate)
    {
        if (hungry && _wasHungry && counts)
        {
            _spanMs += nowMs - _lastMs;
            _spanBytes += bytes - _lastBytes;
        }

        (_lastMs, _lastBytes, _wasHungry) = (nowMs, bytes, hungry);
        rate = 0;
        if (_spanMs < Math.Clamp(RoundTrips * roundTripMs, LeastMs, MostMs)) return false;
        rate = _spanBytes / _spanMs * 1000;
        Restart();
        return true;
    }

    /// <summary>What was seen so far belongs to no span.</summary>
    public void Restart() => _spanMs = _spanBytes = 0;
}
