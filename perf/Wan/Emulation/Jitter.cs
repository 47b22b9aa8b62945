namespace Collectives.Perf.Wan.Emulation;

/// <summary>
/// Deviations of a delay that change slowly: an Ornstein-Uhlenbeck process, normal with the given standard deviation,
/// whose memory fades with a time constant. Never more than three standard deviations.
/// </summary>
internal sealed class Jitter(int seed)
{
    private readonly Random _random = new(seed);
    private double _units;
    private long _last;

    public long At(long now, long deviation, long fading)
    {
        if (deviation == 0) return 0;
        double kept = Math.Exp(-Math.Max(0, now - _last) / (double)Math.Max(1, fading));
        _units = Math.Clamp(kept * _units + Math.Sqrt(1 - kept * kept) * Normal(), -3, 3);
        _last = now;
        return (long)(_units * deviation);
    }

    // Box and Muller, one of the two values.
    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
