using Collectives.Communication.Recording;

namespace Collectives.Communication.Tests.Recording;

/// <summary>The recorder's ring: the last events, whole, while more are being written.</summary>
public sealed class FlightRingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1024)]
    public void KeepsTheLastEventsWithTheirWords(int capacity)
    {
        FlightRing ring = new(capacity);
        for (int i = 1; i <= (3 * capacity) + 1; i++) ring.Write(EventOf(i), i % 2 == 0 ? $"words {i}" : null);
        Assert.Equal((3 * capacity) + 1, ring.Written);
        for (long number = 1; number <= ring.Written; number++)
        {
            bool there = ring.TryRead(number, out FlightEvent read, out string? words);
            Assert.Equal(number > ring.Written - capacity, there);
            if (!there) continue;
            Assert.Equal(EventOf(number), read);
            Assert.Equal(number % 2 == 0 ? $"words {number}" : null, words);
        }
    }

    [Fact]
    public void ARingOfNothingKeepsNothing()
    {
        FlightRing ring = new(0);
        ring.Write(EventOf(1), "words");
        Assert.Equal(0, ring.Written);
    }

    /// <summary>What a reader gets is one event, never parts of two.</summary>
    [Fact]
    public void ReadersNeverSeeHalfAnEvent()
    {
        const int events = 2_000_000;
        FlightRing ring = new(16);
        long read = 0;
        Exception? failure = null;
        Thread reader = new(() => failure = Record.Exception(() =>
        {
            for (long written = 0; written < events; written = ring.Written)
            {
                for (long number = Math.Max(1, written - 15); number <= written; number++)
                {
                    if (!ring.TryRead(number, out FlightEvent found, out string? words)) continue;
                    Assert.Equal(EventOf(number), found);
                    Assert.Equal(number % 64 == 0 ? "words" : null, words);
                    read++;
                }
            }
        }));
        reader.Start();
        for (long i = 1; i <= events; i++) ring.Write(EventOf(i), i % 64 == 0 ? "words" : null);
        Assert.True(reader.Join(60_000));
        Assert.Null(failure);
        Assert.True(read > 0);
    }

    [Fact]
    public void RecordingAllocatesNothing()
    {
        FlightRing ring = new(64);
        ring.Write(EventOf(1), null);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (long i = 0; i < 10_000; i++) ring.Write(EventOf(i), null);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    /// <summary>Every field differs with the number.</summary>
    private static FlightEvent EventOf(long number) => new()
    {
        Ticks = number,
        Kind = FlightEventKind.LinkUp,
        Rank = (int)number,
        Epoch = (ulong)number,
        Operation = (ulong)number * 3,
        Count = (ulong)number * 5,
        First = (ulong)number * 7,
        Second = (ulong)number * 11,
        Third = (ulong)number * 13,
        Extra = (int)number,
    };
}
