using System.Runtime.InteropServices;
using Collectives.Algorithms.Reduction;

namespace Collectives.Algorithms.Tests.Reduction;

/// <summary>
/// Elements at any alignment in native memory, between two runs of guard bytes that a kernel must not touch.
/// </summary>
internal sealed unsafe class Elements : IDisposable
{
    private const int Guard = 96;
    private const byte GuardByte = 0xA5;

    private readonly byte* _memory;
    private readonly int _length;
    private readonly int _size;

    public Elements(DataType type, int count, int misalignment)
    {
        _size = DataTypes.Size(type);
        _length = 2 * Guard + count * _size;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(_length + misalignment), 64);
        Count = count;
        Pointer = _memory + misalignment + Guard;
        new Span<byte>(Pointer - Guard, _length).Fill(GuardByte);
    }

    public int Count { get; }

    public byte* Pointer { get; }

    public ulong this[int index]
    {
        get
        {
            ulong bits = 0;
            new ReadOnlySpan<byte>(Pointer + index * _size, _size)
                .CopyTo(MemoryMarshal.AsBytes(new Span<ulong>(ref bits)));
            return bits;
        }
        set => MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(ref value))[.._size]
            .CopyTo(new Span<byte>(Pointer + index * _size, _size));
    }

    public ulong[] ToArray() => [.. Enumerable.Range(0, Count).Select(i => this[i])];

    public void Set(ulong[] bits)
    {
        for (int i = 0; i < Count; i++)
            this[i] = bits[i];
    }

    public void AssertGuardsIntact()
    {
        ReadOnlySpan<byte> all = new(Pointer - Guard, _length);
        Assert.True(all[..Guard].IndexOfAnyExcept(GuardByte) < 0, "A kernel wrote before the buffer.");
        Assert.True(all[^Guard..].IndexOfAnyExcept(GuardByte) < 0, "A kernel wrote past the buffer's end.");
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
