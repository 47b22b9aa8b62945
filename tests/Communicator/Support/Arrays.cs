using System.Runtime.InteropServices;

namespace Collectives.Communication.Tests.Support;

/// <summary>A buffer of 32-bit integers for each member, with guards around.</summary>
internal sealed unsafe class Arrays : IDisposable
{
    private const int Guard = 16, GuardValue = 0x5A5A5A5A;

    private readonly nint[] _blocks;
    private readonly int[] _lengths;

    public Arrays(int world, Func<int, int> lengthOf)
    {
        _lengths = [.. Enumerable.Range(0, world).Select(lengthOf)];
        _blocks = new nint[world];
        for (int rank = 0; rank < world; rank++)
        {
            int all = _lengths[rank] + 2 * Guard;
            _blocks[rank] = (nint)NativeMemory.Alloc((nuint)all, sizeof(int));
            new Span<int>((void*)_blocks[rank], all).Fill(GuardValue);
        }
    }

    public int Count => _blocks.Length;

    public Span<int> this[int rank] => new((int*)_blocks[rank] + Guard, _lengths[rank]);

    public byte* At(int rank, int index = 0) => (byte*)((int*)_blocks[rank] + Guard + index);

    public void Fill(Func<int, int, int> valueOf)
    {
        for (int rank = 0; rank < _blocks.Length; rank++)
        {
            for (int i = 0; i < _lengths[rank]; i++) this[rank][i] = valueOf(rank, i);
        }
    }

    public void CheckGuards()
    {
        for (int rank = 0; rank < _blocks.Length; rank++)
        {
            Span<int> all = new((void*)_blocks[rank], _lengths[rank] + 2 * Guard);
            Assert.True(all[..Guard].IndexOfAnyExcept(GuardValue) < 0 && all[^Guard..].IndexOfAnyExcept(GuardValue) < 0, "bytes around a buffer were written");
        }
    }

    public void Dispose()
    {
        foreach (nint block in _blocks) NativeMemory.Free((void*)block);
    }
}
