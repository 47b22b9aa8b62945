namespace Collectives.Transport.Tcp;

/// <summary>
/// What a line carries, learnt from what is sent over it anyway: only while all lanes had something to send does the rate say
/// anything about the line, and not about the operations. A rate counts when two spans in a row agree, since the first ones after
/// a pause show how TCP feels its way.
/// </summary>
internal sealed class RateMeter
{
    private const double Agrees = 0.25;

    /// <summary>Of what a new rate differs from the known one, that is taken over: one span alone is noisy.</summary>
    private const double Weight = 0.5;

    private const int WholeSpanMs = 1000;

    private HungrySpans _spans;
    private double _previous;
    private long _wholeFromMs = -1, _wholeFromBytes;

    /// <summary>Bytes per second; 0: not known.</summary>
    public double Rate { get; private set; }

    /// <summary>A probe has measured it.</summary>
    public void Know(double rate) => Rate = rate;

    /// <summary>To be called every few milliseconds.</summary>
    /// <param name="bytes">That have arrived over the link in all.</param>
    /// <param name="hungry">All lanes in use are full, and more is waiting for them.</param>
    public void Observe(long nowMs, long bytes, bool hungry, double roundTripMs)
    {
        if (_wholeFromMs < 0) (_wholeFromMs, _wholeFromBytes) = (nowMs, bytes);
        if (_spans.Observe(nowMs, bytes, hungry, roundTripMs, counts: true, out double rate)) EndSpan(rate);
        if (nowMs - _wholeFromMs >= WholeSpanMs) EndWholeSpan(nowMs, bytes);
    }

    private void EndSpan(double rate)
    {
        double previous = _previous;
        _previous = rate;
        if (Math.Abs(rate - previous) > Agrees * Math.Max(rate, previous)) return;
        rate = (rate + previous) / 2;
        Rate = Rate == 0 || Math.Abs(rate - Rate) > Agrees * Rate ? rate : Rate + Weight * (rate - Rate);
    }

    /// <summary>A line carries at least what was sent over it, hungry or not.</summary>
    private void EndWholeSpan(long nowMs, long bytes)
    {
        double rate = (bytes - _wholeFromBytes) * 1000.0 / (nowMs - _wholeFromMs);
        if (Rate > 0 && rate > Rate) Rate = rate;
        (_wholeFromMs, _wholeFromBytes) = (nowMs, bytes);
    }
}
