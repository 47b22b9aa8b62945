using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Collectives.Transport;

namespace Collectives.Membership.Messages;

/// <summary>
/// Reads a payload from a stranger. A field that is not there, or whose length or count does not fit into what
/// is left, sets Failed and reads as zero; nothing it says sizes anything before it has been bounded.
/// </summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    public bool Failed { get; private set; }

    /// <summary>All fields were there, and nothing follows them.</summary>
    public readonly bool IsComplete => !Failed && _rest.IsEmpty;

    /// <summary>What was read means nothing.</summary>
    public void Fail() => Failed = true;

    public byte U8() => Take(1) is { IsEmpty: false } bytes ? bytes[0] : default;

    public ushort U16() => Take(2) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : default;

    public uint U32() => Take(4) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : default;

    public ulong U64() => Take(8) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : default;

    public MemberId Member() => Take(MemberId.ByteCount) is { IsEmpty: false } bytes ? MemberId.Read(bytes) : default;

    /// <summary>All that is left.</summary>
    public ReadOnlySpan<byte> Rest(int maxByteCount)
    {
        if (_rest.Length > maxByteCount) Failed = true;
        return Failed ? default : Take(_rest.Length);
    }

    /// <summary>A count of elements that take at least so many bytes each; 0 if that many can't be there.</summary>
    public int Count(int max, int smallestElement)
    {
        uint count = U32();
        if (count <= max && (long)count * smallestElement <= _rest.Length) return (int)count;
        Failed = true;
        return 0;
    }

    /// <summary>Text without control characters, which would forge lines in a log.</summary>
    public string Text(int maxByteCount)
    {
        int length = U16();
        if (length > maxByteCount) Failed = true;
        if (Failed || length == 0) return "";
        ReadOnlySpan<byte> bytes = Take(length);
        if (Failed || !Utf8.IsValid(bytes) || bytes.IndexOfAnyInRange((byte)0, (byte)31) >= 0)
        {
            Failed = true;
            return "";
        }

        return Encoding.UTF8.GetString(bytes);
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (Failed || _rest.Length < count)
        {
            Failed = true;
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
