using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Collectives.Transport.Handshake;

/// <summary>32 bytes that one side draws for one handshake, so that no proof of an earlier one fits this one.</summary>
[InlineArray(ByteCount)]
public struct Nonce
{
    public const int ByteCount = 32;

    private byte _first;

    public static Nonce Draw()
    {
        Nonce nonce = default;
        RandomNumberGenerator.Fill(nonce);
        return nonce;
    }

    public static Nonce Read(ReadOnlySpan<byte> source)
    {
        Nonce nonce = default;
        source[..ByteCount].CopyTo(nonce);
        return nonce;
    }
}
