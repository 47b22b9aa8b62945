using static System.Buffers.Binary.BinaryPrimitives;

namespace Collectives.Transport.Handshake;

/// <summary>The acceptor's last message, 8 bytes: in, or refused and why.</summary>
public struct Welcome
{
    public const int ByteCount = 8;

    public RefusalCode Refusal;

    public readonly void Write(Span<byte> destination)
    {
        WriteUInt32LittleEndian(destination, Hello.Magic);
        WriteUInt16LittleEndian(destination[4..], (ushort)Refusal);
        WriteUInt16LittleEndian(destination[6..], 0);
    }

    /// <summary>False if the bytes are no welcome: too few, another magic, or a reserved field in use.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out Welcome welcome)
    {
        welcome = default;
        if (source.Length < ByteCount || ReadUInt32LittleEndian(source) != Hello.Magic) return false;
        if (ReadUInt16LittleEndian(source[6..]) != 0) return false;
        welcome.Refusal = (RefusalCode)ReadUInt16LittleEndian(source[4..]);
        return true;
    }
}
