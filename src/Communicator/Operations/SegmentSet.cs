namespace Collectives.Communication.Operations;

/// <summary>A set of segment numbers as a bitmap. Reused between operations: it grows once and is then cleared only.</summary>
internal sealed class SegmentSet
{
    private ulong[] _words = [];

    public int Count { get; private set; }

    public void Clear(int capacity)
    {
        int words = (capacity + 63) / 64;
        if (_words.Length < words) _words = new ulong[words];
        else Array.Clear(_words, 0, words);
        Count = 0;
    }

    public bool Contains(int index) => (_words[index >> 6] >> index & 1) != 0;

    /// <summary>False if it was there already.</summary>
    public bool Add(int index)
    {
        ref ulong word = ref _words[index >> 6];
        ulong bit = 1UL << index;
        if ((word & bit) != 0) return false;
        word |= bit;
        Count++;
        return true;
    }
}
