namespace Collectives.Native.Handles;

/// <summary>
/// Opaque C handles to objects. Looking one up takes no lock and allocates nothing; adding and retiring take
/// no lock either once the table has grown to the most handles that were ever alive at once. Free slots form a
/// stack (R. K. Treiber, 1986) whose head carries a count of its changes, so that a head which went away
/// and came back isn't mistaken for one that stayed.
/// </summary>
internal sealed class HandleTable<T>(HandleKind kind)
    where T : class
{
    private readonly Lock growing = new();
    private Slot<T>[] slots = [];
    private ulong freeHead; // changes (32) | index + 1 of the topmost free slot (32), 0 there: none

    public HandleKind Kind => kind;

    /// <summary>The handle of a new object, or 0 if as many as a handle can number are alive.</summary>
    public nint Add(T value)
    {
        Slot<T>? slot = TakeFree() ?? Grow();
        return slot is null ? 0 : new Handle(kind, slot.Open(value), slot.Index).Encode();
    }

    /// <summary>Holds the object for a call. Not live: destroyed, of another kind, or never a handle.</summary>
    public Borrow<T> Borrow(nint pointer)
    {
        Handle handle = Handle.Decode(pointer);
        Slot<T>? slot = Find(handle);
        return new Borrow<T>(slot is not null && slot.TryEnter(handle.Generation) ? slot : null);
    }

    /// <summary>Ends the handle. Not live: as for <see cref="Borrow"/>, or another thread was first.</summary>
    public Closing<T> Close(nint pointer)
    {
        Handle handle = Handle.Decode(pointer);
        Slot<T>? slot = Find(handle);
        return slot is not null && slot.TryClose(handle.Generation, out bool inUse)
            ? new Closing<T>(this, slot, inUse)
            : new Closing<T>(this, null, false);
    }

    public void Retire(Slot<T> slot)
    {
        slot.Clear();
        ulong head = Volatile.Read(ref freeHead);
        while (true)
        {
            slot.NextFree = (int)(uint)head;
            ulong before = Interlocked.CompareExchange(ref freeHead, Changed(head, slot.Index + 1), head);
            if (before == head)
            {
                return;
            }

            head = before;
        }
    }

    private static ulong Changed(ulong head, int top) => (((head >> 32) + 1) << 32) | (uint)top;

    private Slot<T>? Find(Handle handle)
    {
        // Grow publishes the longer array after its slots are in place.
        Slot<T>[] current = Volatile.Read(ref slots);
        return handle.Kind == kind && handle.Index < current.Length ? current[handle.Index] : null;
    }

    private Slot<T>? TakeFree()
    {
        ulong head = Volatile.Read(ref freeHead);
        while ((uint)head != 0)
        {
            Slot<T> top = Volatile.Read(ref slots)[(int)(uint)head - 1];
            ulong before = Interlocked.CompareExchange(ref freeHead, Changed(head, top.NextFree), head);
            if (before == head)
            {
                return top;
            }

            head = before;
        }

        return null;
    }

    /// <summary>Makes one slot for the caller and, doubling, as many free ones.</summary>
    private Slot<T>? Grow()
    {
        lock (growing)
        {
            Slot<T>[] old = slots;
            int length = Math.Min(Math.Max(8, old.Length * 2), Handle.MaxIndex + 1);
            if (length == old.Length)
            {
                return null;
            }

            Slot<T>[] longer = new Slot<T>[length];
            old.CopyTo(longer, 0);
            for (int index = old.Length; index < length; index++)
            {
                longer[index] = new Slot<T>(index);
            }

            Volatile.Write(ref slots, longer);
            for (int index = length - 1; index > old.Length; index--)
            {
                Retire(longer[index]);
            }

            return longer[old.Length];
        }
    }
}
