using Collectives.Transport.Memory;

namespace Collectives.Transport.Tests.Memory;

public sealed class FifoTests
{
    [Fact]
    public void KeepsOrderWhileItGrowsAndWrapsAround()
    {
        Fifo<int> fifo = new(2);
        Random random = new(3);
        int next = 0, expected = 0;
        for (int i = 0; i < 10_000; i++)
        {
            if (random.Next(5) < 3)
            {
                fifo.Append() = next++;
            }
            else if (fifo.Count > 0)
            {
                Assert.Equal(expected++, fifo.Peek());
                fifo.RemoveFirst();
            }

            Assert.Equal(next - expected, fifo.Count);
            if (fifo.Count > 0) Assert.Equal(next - 1, fifo[fifo.Count - 1]);
        }
    }

    [Fact]
    public void AnAppendedSlotCanBeTakenBack()
    {
        Fifo<int> fifo = new(2);
        fifo.Append() = 1;
        fifo.Append() = 2;
        fifo.RemoveLast();
        Assert.Equal(1, fifo.Count);
        fifo.Append() = 3;
        Assert.Equal(3, fifo[1]);
    }
}
