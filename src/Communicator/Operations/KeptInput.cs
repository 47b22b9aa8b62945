using System.Runtime.CompilerServices;
using Collectives.Transport.Memory;

namespace Collectives.Communication.Operations;

/// <summary>
/// What an operation in place overwrites, kept until it commits, so that a failed one can put everything back: the
/// old bytes of each segment are copied aside before the first new byte lands on them. Best at the moment when they
/// are read anyway, since getting them from memory is most of what the copy costs. The memory is rented before
/// anything happens: an operation that cannot have it fails then, and not in the middle. Pages that are not written cost
/// nothing.
/// </summary>
internal sealed unsafe class KeptInput(KeptMemory memory)
{
    /// <summary>
    /// A copy of that size leaves the caches before it is needed, if ever, and is written past them. Smaller ones
    /// stay in the third level.
    /// </summary>
    private const int StreamedBytes = 8 << 20;

    private readonly SegmentSet _kept = new();
    private byte* _buffer;
    private byte* _copy;
    private bool _isStreamed;

    public bool IsKeeping => _buffer != null;

    /// <summary>The bytes that there was no memory for, 0 if all is well.</summary>
    public nuint MissingBytes { get; private set; }

    /// <summary>
    /// Begins keeping for a buffer that is cut into that many segments; see <see cref="MissingBytes"/>. Once more, for the
    /// same buffer cut otherwise, forgets what was kept: it has been put back.
    /// </summary>
    public void Begin(byte* buffer, nuint bytes, int segments)
    {
        _kept.Clear(segments);
        if (bytes == 0) return;
        _isStreamed = bytes >= StreamedBytes;
        if (_copy == null) _copy = memory.TryRent(bytes);
        if (_copy == null) MissingBytes = bytes;
        else _buffer = buffer;
    }

    /// <summary>To be called before the bytes are overwritten; the second call for a segment does nothing.</summary>
    public void Keep(int segment, long start, int length)
    {
        if (!Lacks(segment)) return;
        KeepPiece(start, length);
        HaveAll(segment);
    }

    /// <summary>Whether the segment's old bytes are to be copied, with <see cref="Keep"/> or piece by piece.</summary>
    public bool Lacks(int segment) => IsKeeping && !_kept.Contains(segment);

    public void KeepPiece(long start, int length)
    {
        if (_isStreamed) StreamingCopy.Run(_copy + start, _buffer + start, length);
        else Unsafe.CopyBlockUnaligned(_copy + start, _buffer + start, (uint)length);
    }

    /// <summary>Copies all of the buffer at once, where no piece can wait until it is overwritten.</summary>
    public void KeepWhole(long bytes) => Buffer.MemoryCopy(_buffer, _copy, bytes, bytes);

    public void PutBackWhole(long bytes) => Buffer.MemoryCopy(_copy, _buffer, bytes, bytes);

    public byte* CopyAt(long start) => _copy + start;

    /// <summary>All pieces of the segment are copied.</summary>
    public void HaveAll(int segment) => _kept.Add(segment);

    /// <summary>Where the input of that segment is: in the buffer, or in the copy once that has been made.</summary>
    public byte* InputOf(int segment, long start, byte* input) =>
        IsKeeping && _kept.Contains(segment) ? _copy + start : input + start;

    public void PutBack(int segment, long start, int length)
    {
        if (IsKeeping && _kept.Contains(segment)) Unsafe.CopyBlockUnaligned(_buffer + start, _copy + start, (uint)length);
    }

    /// <summary>The operation has ended: what was kept is no longer needed.</summary>
    public void End()
    {
        if (_copy != null) memory.Return(_copy);
        _copy = _buffer = null;
        MissingBytes = 0;
    }
}
