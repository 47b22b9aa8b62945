using Collectives.Perf.Wan.Packets;

namespace Collectives.Wan.Tests.Packets;

public sealed unsafe class PacketPoolTests : IDisposable
{
    private readonly PacketPool _pool = new(1 << 20);

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void ShortPacketsMoveOutOfLongRoomsAndKeepTheirBytes()
    {
        Packet* packet = _pool.Rent(PacketPool.Longest);
        packet->Length = 1000;
        for (int i = 0; i < 1000; i++) Packet.Bytes(packet)[i] = (byte)i;
        Packet* fitting = _pool.Fit(packet);
        Assert.InRange(fitting->Room, 1000, 4096);
        Assert.Equal(1000, fitting->Length);
        for (int i = 0; i < 1000; i++) Assert.Equal((byte)i, Packet.Bytes(fitting)[i]);
        _pool.Return(fitting);
    }

    [Fact]
    public void WhenMemoryIsUsedUpThereIsNoneAndWhatComesBackIsLentAgain()
    {
        List<nint> rented = [];
        for (Packet* packet; (packet = _pool.Rent(100)) is not null;) rented.Add((nint)packet);
        Assert.Equal(rented.Count, rented.Distinct().Count());
        _pool.Return((Packet*)rented[^1]);
        Assert.Equal(rented[^1], (nint)_pool.Rent(100));
        foreach (nint packet in rented) _pool.Return((Packet*)packet);
        for (int i = 0; i < rented.Count; i++) Assert.True(_pool.Rent(100) is not null);
        Assert.True(_pool.Rent(100) is null);
    }
}
