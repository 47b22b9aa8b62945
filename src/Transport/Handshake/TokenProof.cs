using System.Security.Cryptography;

namespace Collectives.Transport.Handshake;

/// <summary>
/// Proof that a side knows the token, without sending it: HMAC-SHA-256 (RFC 2104) with the token as key, over
/// the side's label and both sides' messages, and so over both nonces. The labels differ, so a proof that was
/// heard from one side is worth nothing in the other's place (the reflection attack on symmetric
/// challenge-response protocols). An empty token is an empty key: the proofs then only tie the messages together.
/// </summary>
public static class TokenProof
{
    public const int ByteCount = HMACSHA256.HashSizeInBytes;

    private const int LabelByteCount = 24;

    private static ReadOnlySpan<byte> AcceptorLabel => "collectives 1 acceptor  "u8;

    private static ReadOnlySpan<byte> DialerLabel => "collectives 1 dialer    "u8;

    /// <summary>The acceptor's proof, over hello (88 bytes) and the challenge's first 56 bytes.</summary>
    public static void OfAcceptor(ReadOnlySpan<byte> token, ReadOnlySpan<byte> hello, ReadOnlySpan<byte> challenge, Span<byte> proof) =>
        Compute(token, AcceptorLabel, hello, challenge[..Challenge.ProvenByteCount], proof);

    /// <summary>The dialer's proof, over hello (88 bytes) and the whole challenge (88 bytes).</summary>
    public static void OfDialer(ReadOnlySpan<byte> token, ReadOnlySpan<byte> hello, ReadOnlySpan<byte> challenge, Span<byte> proof) =>
        Compute(token, DialerLabel, hello, challenge[..Challenge.ByteCount], proof);

    /// <summary>Compares in a time that does not depend on where the two differ.</summary>
    public static bool Matches(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found) =>
        CryptographicOperations.FixedTimeEquals(expected, found);

    private static void Compute(
        ReadOnlySpan<byte> token, ReadOnlySpan<byte> label, ReadOnlySpan<byte> hello, ReadOnlySpan<byte> challenge, Span<byte> proof)
    {
        Span<byte> text = stackalloc byte[LabelByteCount + Hello.ByteCount + Challenge.ByteCount];
        label.CopyTo(text);
        hello[..Hello.ByteCount].CopyTo(text[LabelByteCount..]);
        challenge.CopyTo(text[(LabelByteCount + Hello.ByteCount)..]);
        int length = LabelByteCount + Hello.ByteCount + challenge.Length;
        HMACSHA256.HashData(token, text[..length], proof);
    }
}
