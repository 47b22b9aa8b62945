namespace Collectives.Perf.Links;

/// <summary>The samples of one case, in the order taken.</summary>
internal sealed record Measurement(Case Case)
{
    /// <summary>Seconds per exchange.</summary>
    public List<double> Seconds { get; } = [];

    /// <summary>Processor time of both processes per exchange, all threads, kernel and user.</summary>
    public List<double> CpuSeconds { get; } = [];

    /// <summary>Seconds of each ping-pong of all exchanges.</summary>
    public List<double> RoundTrips { get; } = [];

    public bool IsPingPong => Case.Exchange.PingPongs > 0;

    /// <summary>What is compared: the round trips, or the exchanges.</summary>
    public List<double> Samples => IsPingPong ? RoundTrips : Seconds;

    /// <summary>The value that this part of the samples does not exceed (nearest rank).</summary>
    public static double Percentile(List<double> samples, double part)
    {
        double[] sorted = [.. samples.Order()];
        return sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)];
    }

    public double Rate(double seconds) => Case.Exchange.Bytes / seconds / 1e9;

    /// <summary>Processor seconds per GB of payload, or per million round trips.</summary>
    public double Cpu => Percentile(CpuSeconds, 0.5) / (IsPingPong ? Case.Exchange.PingPongs / 1e6 : Case.Exchange.Bytes / 1e9);

    /// <summary>
    /// Median of the ratios of times within each round: the machine's mood changes slowly, so that neighbours in
    /// time compare better than medians of the whole run. Above 1: this one took less time than the other.
    /// </summary>
    public double MedianSpeedUp(Measurement other) =>
        Percentile([.. Seconds.Zip(other.Seconds, (mine, theirs) => theirs / mine)], 0.5);
}
