namespace Collectives.Native.Handles;

/// <summary>
/// One place in a handle table, used over and over. A single word holds its generation, whether it is
/// closed, and how many calls are using its object, so that entering is one compare-and-swap: it succeeds only
/// on the right generation and only before the close, and from then on the object stays until the exit.
/// </summary>
internal sealed class Slot<T>(int index)
    where T : class
{
    private const ulong Closed = 1UL << 31;
    private const ulong Users = Closed - 1;
    private const int GenerationShift = 32;

    private readonly ManualResetEventSlim drained = new(initialState: false);
    private ulong state = Closed;
    private T? value;

    public int Index => index;

    /// <summary>Index of the next free slot plus one; 0 ends the list. Owned by the table.</summary>
    public int NextFree { get; set; }

    /// <summary>The object. Read only between entering and leaving, or by whoever closed the slot.</summary>
    public T Value => value!;

    /// <summary>Takes a free slot into use and returns its new generation, which is never 0.</summary>
    public uint Open(T opened)
    {
        uint generation = Math.Max(1, (uint)(state >> GenerationShift) + 1);
        drained.Reset();
        value = opened;

        // Publishes value: Enter reads state first, and value only after it has seen this generation.
        Volatile.Write(ref state, (ulong)generation << GenerationShift);
        return generation;
    }

    public bool TryEnter(uint generation)
    {
        ulong seen = Volatile.Read(ref state);
        while ((seen >> GenerationShift) == generation && (seen & Closed) == 0)
        {
            ulong before = Interlocked.CompareExchange(ref state, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    public void Exit()
    {
        if ((Interlocked.Decrement(ref state) & (Closed | Users)) == Closed)
        {
            drained.Set();
        }
    }

    /// <summary>Refuses later calls. Of several closers one wins; it then owns the slot's end.</summary>
    public bool TryClose(uint generation, out bool inUse)
    {
        ulong seen = Volatile.Read(ref state);
        while ((seen >> GenerationShift) == generation && (seen & Closed) == 0)
        {
            ulong before = Interlocked.CompareExchange(ref state, seen | Closed, seen);
            if (before == seen)
            {
                inUse = (seen & Users) != 0;
                return true;
            }

            seen = before;
        }

        inUse = false;
        return false;
    }

    /// <summary>Waits until the last call that was in progress at the close has left.</summary>
    public void WaitUntilDrained() => drained.Wait();

    public void Clear() => value = null;
}
