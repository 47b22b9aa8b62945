using Collectives.Transport.Memory;

namespace Collectives.Transport.Tests.Memory;

public unsafe class BlockCacheTests
{
    [Fact]
    public void ABlockThatCameBackIsUsedAgainForItsSizeOnly()
    {
        using BlockCache cache = new(keepBytes: 1 << 20);
        byte* block = cache.Rent(5000);
        cache.Return(block, 5000);
        byte* other = cache.Rent(4096);
        byte* same = cache.Rent(8192);
        Assert.True(same == block);
        Assert.True(other != block);
        cache.Return(other, 4096);
        cache.Return(same, 8192);
        Assert.Equal(0, cache.RentedBytes);
    }

    [Fact]
    public void WholeBlocksAreWritable()
    {
        using BlockCache cache = new(keepBytes: 0);
        foreach (int bytes in new[] { 1, 4095, 4096, 4097, 262_144, 300_000, 8 << 20 })
        {
            byte* block = cache.Rent(bytes);
            Assert.Equal(0, (nint)block % 64);
            new Span<byte>(block, bytes).Fill(7);
            cache.Return(block, bytes);
        }
    }

    [Fact]
    public void NoMoreIsKeptThanTheBound()
    {
        const int block = 64 * 1024;
        using BlockCache cache = new(keepBytes: 4 * block);
        nint[] blocks = [.. Enumerable.Range(0, 10).Select(_ => (nint)cache.Rent(block))];
        Assert.Equal(10 * block, cache.RentedBytes);
        foreach (nint each in blocks) cache.Return((byte*)each, block);
        for (int i = 0; i < 10; i++) _ = cache.Rent(block);
        // Four of them were there still: nothing beyond the first ten was ever held at once.
        Assert.Equal(10 * block, cache.PeakBytes);
    }
}
