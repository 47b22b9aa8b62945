using Collectives.Perf.Wan.Emulation;

namespace Collectives.Wan.Tests.Emulation;

public class JitterTests
{
    private const long Millisecond = 1_000_000;

    [Fact]
    public void DeviationsAreAsLargeAsToldAndFadeAsTold()
    {
        Jitter jitter = new(1);
        double[] steps = [.. Enumerable.Range(0, 200_000).Select(i => (double)jitter.At(i * Millisecond, Millisecond, 10 * Millisecond))];
        double variance = steps.Average(step => step * step);
        Assert.Equal(1, Math.Sqrt(variance) / Millisecond, 0.05);
        double after = steps.Skip(10).Zip(steps, (later, earlier) => later * earlier).Average();
        Assert.Equal(Math.Exp(-1), after / variance, 0.05);
        Assert.InRange(steps.Max(Math.Abs), Millisecond, 3 * Millisecond);
    }

    [Fact]
    public void NoneIsNone() => Assert.Equal(0, new Jitter(1).At(1000, 0, 1));
}
