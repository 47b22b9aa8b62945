using System.Runtime.CompilerServices;

namespace Collectives.Transport.Memory;

/// <summary>
/// A queue over a ring of slots that are filled and read in place; it grows to what is needed once and then
/// allocates nothing. Unlike Queue&lt;T&gt; it hands out references, since frames are 100 bytes each.
/// </summary>
public sealed class Fifo<T>
{
    private T[] _slots;
    private uint _head;
    private uint _tail;

    public Fifo(int capacity = 16) => _slots = new T[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity)];

    public int Count => (int)(_tail - _head);

    public ref T this[int index] => ref _slots[(_head + (uint)index) & (uint)(_slots.Length - 1)];

    public ref T Peek() => ref this[0];

    /// <summary>A new slot at the end; its old content is to be overwritten.</summary>
    public ref T Append()
    {
        if (Count == _slots.Length) Grow();
        return ref _slots[_tail++ & (uint)(_slots.Length - 1)];
    }

    /// <summary>Drops the first; references in it are cleared so that nothing is kept alive.</summary>
    public void RemoveFirst()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) Peek() = default!;
        _head++;
    }

    /// <summary>Takes back the slot that <see cref="Append"/> gave last.</summary>
    public void RemoveLast() => _tail--;

    public void Clear()
    {
        while (Count > 0) RemoveFirst();
    }

    private void Grow()
    {
        T[] larger = new T[_slots.Length * 2];
        int count = Count;
        for (int i = 0; i < count; i++) larger[i] = this[i];
        (_slots, _head, _tail) = (larger, 0, (uint)count);
    }
}
