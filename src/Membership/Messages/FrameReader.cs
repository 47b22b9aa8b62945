namespace Collectives.Membership.Messages;

/// <summary>
/// Cuts a stream of bytes into control messages. Its buffer grows with the bytes that have arrived, not with
/// the length that a header claims.
/// </summary>
public sealed class FrameReader(bool toCoordinator)
{
    private const int SmallestBuffer = 512;

    private byte[] _buffer = new byte[SmallestBuffer];
    private int _start;
    private int _end;

    /// <summary>Why the stream is not one of control messages; null as long as it is.</summary>
    public string? Problem { get; private set; }

    public int BufferByteCount => _buffer.Length;

    /// <summary>Where the next bytes from the socket go; never empty.</summary>
    public Span<byte> Free()
    {
        if (_start == _end) _start = _end = 0;
        if (_end == _buffer.Length)
        {
            if (_start > 0) _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            else Array.Resize(ref _buffer, _buffer.Length * 2);
            (_start, _end) = (0, _end - _start);
        }

        return _buffer.AsSpan(_end);
    }

    public void Arrived(int byteCount) => _end += byteCount;

    /// <summary>The next whole message; null if there is none yet, or a problem.</summary>
    public ControlMessage? Next()
    {
        ReadOnlySpan<byte> held = _buffer.AsSpan(_start, _end - _start);
        if (Problem is not null || held.Length < ControlFrame.HeaderByteCount) return null;
        int length = ControlFrame.ReadHeader(held, toCoordinator, out MessageKind kind, out string problem);
        if (length < 0)
        {
            Problem = problem;
            return null;
        }

        if (held.Length < ControlFrame.HeaderByteCount + length) return null;
        ControlMessage? message = ControlFrame.ReadPayload(kind, held.Slice(ControlFrame.HeaderByteCount, length));
        if (message is null) Problem = $"the payload of {kind}, {length} bytes, is malformed";
        _start += ControlFrame.HeaderByteCount + length;
        // A roster is rare; what it needed is not kept for the heartbeats that follow.
        if (_start == _end && _buffer.Length > SmallestBuffer * 8)
        {
            _buffer = new byte[SmallestBuffer];
            _start = _end = 0;
        }

        return message;
    }
}
