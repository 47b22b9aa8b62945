namespace Collectives.Perf.Kernels;

/// <summary>Seconds per pass over the buffer of one case, one value per repetition, in the order taken.</summary>
internal sealed record Measurement(string Name, double[] Seconds)
{
    public double Min => Seconds.Min();

    public double Median => Percentile(0.5);

    /// <summary>The value that this part of the repetitions does not exceed (nearest rank).</summary>
    public double Percentile(double part)
    {
        double[] sorted = [.. Seconds.Order()];
        return sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)];
    }

    /// <summary>
    /// Median of the ratios within each repetition: the machine's mood changes slowly, so that neighbours in time
    /// compare better than medians of the whole run.
    /// </summary>
    public double MedianRatio(Measurement other)
    {
        double[] ratios = [.. Seconds.Zip(other.Seconds, (mine, theirs) => mine / theirs).Order()];
        return ratios[ratios.Length / 2];
    }
}
