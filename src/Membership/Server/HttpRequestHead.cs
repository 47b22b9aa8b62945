namespace Collectives.Membership.Server;

/// <summary>The beginning of an HTTP/1.x request, up to the empty line: as much of RFC 9112 as one resource needs.</summary>
internal sealed class HttpRequestHead
{
    public const int MaxByteCount = 8192;

    private readonly byte[] _bytes = new byte[MaxByteCount];
    private int _count;

    /// <summary>Where the next bytes go; empty if the head is too long.</summary>
    public Span<byte> Free() => _bytes.AsSpan(_count);

    public bool IsFull => _count == MaxByteCount;

    /// <summary>True once the head is whole.</summary>
    public bool Arrived(int byteCount)
    {
        _count += byteCount;
        return _bytes.AsSpan(0, _count).IndexOf("\r\n\r\n"u8) >= 0;
    }

    /// <summary>"GET /metrics HTTP/1.1", its first two words; false if that is not what the first line looks like.</summary>
    public bool TryRead(out ReadOnlySpan<byte> method, out ReadOnlySpan<byte> path)
    {
        ReadOnlySpan<byte> line = _bytes.AsSpan(0, _count);
        line = line[..line.IndexOf((byte)'\r')];
        method = path = default;
        int first = line.IndexOf((byte)' ');
        int second = line.LastIndexOf((byte)' ');
        if (first < 1 || second <= first + 1 || !line[(second + 1)..].StartsWith("HTTP/1."u8)) return false;
        method = line[..first];
        path = line[(first + 1)..second];
        int query = path.IndexOf((byte)'?');
        if (query >= 0) path = path[..query];
        return path.StartsWith("/"u8);
    }
}
