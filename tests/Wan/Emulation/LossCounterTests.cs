using Collectives.Perf.Wan.Emulation;

namespace Collectives.Wan.Tests.Emulation;

public class LossCounterTests
{
    [Theory]
    [InlineData(0.0001)]
    [InlineData(0.01)]
    [InlineData(0.3)]
    public void TheShareLostIsTheProbability(double probability)
    {
        LossCounter counter = new(5);
        long sent = 0, lost = 0;
        for (Random sizes = new(6); lost < 20_000;)
        {
            for (int left = sizes.Next(1, 46); left > 0;)
            {
                int survivors = counter.Survivors(left, probability);
                bool one = survivors < left;
                sent += survivors + (one ? 1 : 0);
                lost += one ? 1 : 0;
                left -= survivors + (one ? 1 : 0);
            }
        }
        Assert.Equal(1, (double)lost / sent / probability, 0.03); // four standard deviations
    }

    [Fact]
    public void NoneIsLostAt0AndAllAt1()
    {
        Assert.Equal(45, new LossCounter(1).Survivors(45, 0));
        Assert.Equal(0, new LossCounter(1).Survivors(45, 1));
    }

    [Fact]
    public void ASeedLosesTheSameSegmentsAgain()
    {
        int[] Losses(int seed)
        {
            LossCounter counter = new(seed);
            return [.. Enumerable.Range(0, 100).Select(_ => counter.Survivors(1000, 0.01))];
        }
        Assert.Equal(Losses(3), Losses(3));
        Assert.NotEqual(Losses(3), Losses(4));
    }
}
