using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Collectives.Transport;

namespace Collectives.Membership.Messages;

/// <summary>Appends fixed-width little-endian fields.</summary>
internal sealed class PayloadWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new(64);

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public void U8(byte value)
    {
        _bytes.GetSpan(1)[0] = value;
        _bytes.Advance(1);
    }

    public void U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.GetSpan(2), value);
        _bytes.Advance(2);
    }

    public void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
    }

    public void U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.GetSpan(8), value);
        _bytes.Advance(8);
    }

    public void Bytes(ReadOnlySpan<byte> value) => _bytes.Write(value);

    public void Member(MemberId value)
    {
        value.Write(_bytes.GetSpan(MemberId.ByteCount));
        _bytes.Advance(MemberId.ByteCount);
    }

    /// <summary>
    /// A 16-bit length and that many bytes of UTF-8, cut at a character's end to the most allowed. Control
    /// characters, which a reader refuses, become spaces.
    /// </summary>
    public void Text(string value, int maxByteCount)
    {
        Span<byte> utf8 = stackalloc byte[maxByteCount];
        Encoding.UTF8.GetEncoder().Convert(value, utf8, flush: true, out _, out int used, out _);
        foreach (ref byte one in utf8[..used])
            if (one < ' ')
                one = (byte)' ';
        U16((ushort)used);
        _bytes.Write(utf8[..used]);
    }
}
