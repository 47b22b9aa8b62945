namespace Collectives.Communication.Recording;

/// <summary>
/// The last N events: written by the owner of the progress loop only, read by any thread, without a lock. Each slot
/// carries the number of the event in it. The writer clears the number, writes the event, then sets it; a
/// reader that finds the same number before and after its copy has copied one event whole.
/// </summary>
internal sealed class FlightRing(int capacity)
{
    private readonly Slot[] _slots = new Slot[capacity];
    private readonly string?[] _words = new string?[capacity];
    private long _written;

    public int Capacity => capacity;

    /// <summary>Events ever written; those before the last <see cref="Capacity"/> are gone.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <param name="words">What happened, of failures; the string is shared, not copied.</param>
    public void Write(in FlightEvent recorded, string? words)
    {
        if (capacity == 0) return;
        int index = (int)(_written % capacity);
        ref Slot slot = ref _slots[index];
        Volatile.Write(ref slot.Number, 0);
        // Between the cleared number and the event's fields: a reader's second look at the number pairs with it.
        Interlocked.MemoryBarrier();
        slot.Event = recorded;
        if (words is not null || _words[index] is not null) _words[index] = words;
        Volatile.Write(ref slot.Number, ++_written);
    }

    /// <summary>The event of that number (from 1), unless it has been overwritten.</summary>
    public bool TryRead(long number, out FlightEvent recorded, out string? words)
    {
        int index = (int)((number - 1) % capacity);
        ref Slot slot = ref _slots[index];
        bool before = Volatile.Read(ref slot.Number) == number;
        recorded = slot.Event;
        words = Volatile.Read(ref _words[index]);
        Interlocked.MemoryBarrier();
        return before && Volatile.Read(ref slot.Number) == number;
    }

    private struct Slot
    {
        public long Number;
        public FlightEvent Event;
    }
}
