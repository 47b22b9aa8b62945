using System.Buffers.Binary;
using System.Numerics;

namespace Collectives.Transport.Handshake;

/// <summary>
/// SHA-256 (FIPS 180-4, section 6.2). Written out here because the framework's goes through OpenSSL, which it loads
/// when first asked and without which it ends the process: not for a library in somebody else's. A handshake
/// hashes some hundred bytes; speed is no concern.
/// </summary>
public static class Sha256
{
    public const int ByteCount = 32;
    public const int BlockByteCount = 64;

    private const int LengthByteCount = 8;

    /// <summary>The first 32 bits of the fractional parts of the cube roots of the first 64 primes.</summary>
    private static ReadOnlySpan<uint> RoundConstants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>Writes the 32 bytes of the message's hash.</summary>
    public static void Hash(ReadOnlySpan<byte> message, Span<byte> hash)
    {
        // The first 32 bits of the fractional parts of the square roots of the first 8 primes.
        Span<uint> state =
        [
            0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
        ];
        int whole = message.Length / BlockByteCount * BlockByteCount;
        for (int at = 0; at < whole; at += BlockByteCount) Add(state, message.Slice(at, BlockByteCount));

        // The rest, a one bit, zeros, and the message's length in bits.
        Span<byte> last = stackalloc byte[2 * BlockByteCount];
        last.Clear();
        int rest = message.Length - whole;
        message[whole..].CopyTo(last);
        last[rest] = 0x80;
        int padded = rest + 1 + LengthByteCount <= BlockByteCount ? BlockByteCount : 2 * BlockByteCount;
        BinaryPrimitives.WriteUInt64BigEndian(last[(padded - LengthByteCount)..], (ulong)message.Length * 8);
        for (int at = 0; at < padded; at += BlockByteCount) Add(state, last.Slice(at, BlockByteCount));

        for (int i = 0; i < state.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(hash[(4 * i)..], state[i]);
    }

    private static void Add(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[64];
        for (int i = 0; i < 16; i++) words[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * i)..]);
        for (int i = 16; i < 64; i++)
        {
            uint two = words[i - 2], fifteen = words[i - 15];
            uint sigma1 = BitOperations.RotateRight(two, 17) ^ BitOperations.RotateRight(two, 19) ^ (two >> 10);
            uint sigma0 = BitOperations.RotateRight(fifteen, 7) ^ BitOperations.RotateRight(fifteen, 18) ^ (fifteen >> 3);
            words[i] = sigma1 + words[i - 7] + sigma0 + words[i - 16];
        }

        uint a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        for (int i = 0; i < 64; i++)
        {
            uint sum1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            uint t1 = h + sum1 + ((e & f) ^ (~e & g)) + RoundConstants[i] + words[i];
            uint sum0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            uint t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + t1, c, b, a, t1 + t2);
        }

        ReadOnlySpan<uint> mixed = [a, b, c, d, e, f, g, h];
        for (int i = 0; i < state.Length; i++) state[i] += mixed[i];
    }
}
