using Collectives.Perf.Wan.Emulation;

namespace Collectives.Wan.Tests.Emulation;

public class LatenessTests
{
    [Fact]
    public void CountsWhatCameSinceTheLastLook()
    {
        Lateness lateness = new();
        for (int i = 0; i < 1000; i++) lateness.Add(10_000_000);
        Lateness.Snapshot first = lateness.Since(null);
        Assert.Equal((1000, 10_000_000), (first.Packets, first.Average));

        for (int i = 0; i < 990; i++) lateness.Add(-5);
        for (int i = 0; i < 10; i++) lateness.Add(120_000);
        Lateness.Snapshot second = lateness.Since(first);
        Assert.Equal((1000, 1200), (second.Packets, second.Average));
        Assert.Equal(50_000, second.P99);
        lateness.Add(120_000);
        Assert.Equal(150_000, lateness.Since(first).P99);
        Assert.Equal(10_000_000, second.Most);
    }
}
