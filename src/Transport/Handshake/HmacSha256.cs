namespace Collectives.Transport.Handshake;

/// <summary>HMAC (RFC 2104) with <see cref="Sha256"/>: H(key ^ opad, H(key ^ ipad, text)).</summary>
public static class HmacSha256
{
    public const int ByteCount = Sha256.ByteCount;

    private const byte InnerPad = 0x36, OuterPad = 0x5c;

    /// <summary>Writes the 32 bytes of the text's code under the key, which may have any length.</summary>
    public static void Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text, Span<byte> code)
    {
        Span<byte> paddedKey = stackalloc byte[Sha256.BlockByteCount];
        paddedKey.Clear();
        if (key.Length > Sha256.BlockByteCount) Sha256.Hash(key, paddedKey);
        else key.CopyTo(paddedKey);

        byte[] inner = new byte[Sha256.BlockByteCount + text.Length];
        Pad(paddedKey, InnerPad, inner);
        text.CopyTo(inner.AsSpan(Sha256.BlockByteCount));

        Span<byte> outer = stackalloc byte[Sha256.BlockByteCount + Sha256.ByteCount];
        Pad(paddedKey, OuterPad, outer);
        Sha256.Hash(inner, outer[Sha256.BlockByteCount..]);
        Sha256.Hash(outer, code);
    }

    private static void Pad(ReadOnlySpan<byte> key, byte pad, Span<byte> padded)
    {
        for (int i = 0; i < key.Length; i++) padded[i] = (byte)(key[i] ^ pad);
    }
}
