using Collectives.Transport.Memory;

namespace Collectives.Transport.Tests.Memory;

public sealed unsafe class ScratchPoolTests
{
    [Fact]
    public void StopsAtItsLimitAndGoesOnWithWhatComesBack()
    {
        using ScratchPool pool = new(4096, 3);
        int[] leases = [pool.TryLease(), pool.TryLease(), pool.TryLease()];
        Assert.Equal([0, 1, 2], leases);
        Assert.Equal(-1, pool.TryLease());
        Assert.Equal(3, pool.Leased);
        pool.Release(1);
        Assert.Equal(1, pool.TryLease());
    }

    [Fact]
    public void GivesTheBlockThatCameBackLast()
    {
        using ScratchPool pool = new(4096, 4);
        int first = pool.TryLease();
        int second = pool.TryLease();
        pool.Release(first);
        pool.Release(second);
        Assert.Equal(second, pool.TryLease());
        Assert.Equal(2 * 4096, pool.HeldBytes);
    }

    [Fact]
    public void BlocksAreDistinctAndWritable()
    {
        using ScratchPool pool = new(8192, 2);
        byte* a = pool[pool.TryLease()];
        byte* b = pool[pool.TryLease()];
        new Span<byte>(a, 8192).Fill(1);
        new Span<byte>(b, 8192).Fill(2);
        Assert.Equal(1, a[8191]);
        Assert.True(a + 8192 <= b || b + 8192 <= a);
    }
}
