namespace Collectives.Perf.Wan.Emulation;

/// <summary>What all links from one site go through first: however many they are, together they carry no more.</summary>
/// <param name="rate">Bits per second on the wire.</param>
/// <param name="queue">Bytes that wait before the line; what comes on top is dropped.</param>
internal sealed class AccessLine(double rate, long queue)
{
    private LinkClock _clock;

    /// <summary>Bytes that it still takes.</summary>
    public double Room(long now) => queue - _clock.Backlog(now, rate);

    /// <summary>Puts so many bytes on the line and returns when they are at its other end.</summary>
    public long Send(long now, int wireBytes) => _clock.Send(now, wireBytes, rate, delay: 0);
}
