using static System.Buffers.Binary.BinaryPrimitives;

namespace Collectives.Transport.Handshake;

/// <summary>
/// The acceptor's answer to a hello, 88 bytes: who it is, its nonce, and proof that it knows the token. With
/// a refusal in it, it is the last message. Size and first eight bytes are the same in all versions.
/// </summary>
public struct Challenge
{
    public const int ByteCount = 88;

    /// <summary>The bytes before the proof, which the proof covers.</summary>
    public const int ProvenByteCount = 56;

    public ushort Version;
    public RefusalCode Refusal;
    public MemberId Acceptor;
    public Nonce Nonce;

    /// <summary>Writes all but the proof, which is computed over what this writes.</summary>
    public readonly void Write(Span<byte> destination)
    {
        WriteUInt32LittleEndian(destination, Hello.Magic);
        WriteUInt16LittleEndian(destination[4..], Version);
        WriteUInt16LittleEndian(destination[6..], (ushort)Refusal);
        Acceptor.Write(destination[8..]);
        ((ReadOnlySpan<byte>)Nonce).CopyTo(destination[24..]);
    }

    /// <summary>False if the bytes are no challenge of any version: too few, or another magic.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out Challenge challenge)
    {
        challenge = default;
        if (source.Length < ByteCount || ReadUInt32LittleEndian(source) != Hello.Magic) return false;
        challenge.Version = ReadUInt16LittleEndian(source[4..]);
        challenge.Refusal = (RefusalCode)ReadUInt16LittleEndian(source[6..]);
        challenge.Acceptor = MemberId.Read(source[8..]);
        challenge.Nonce = Nonce.Read(source[24..]);
        return true;
    }
}
