using System.Security.Cryptography;
using System.Text;
using Collectives.Transport.Handshake;

namespace Collectives.Transport.Tests.Handshake;

/// <summary>Published vectors, and the framework's own implementation as the oracle for every length.</summary>
public sealed class HashTests
{
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void Fips180Examples(string message, string expected)
    {
        byte[] hash = new byte[Sha256.ByteCount];
        Sha256.Hash(Encoding.ASCII.GetBytes(message), hash);
        Assert.Equal(expected, Convert.ToHexStringLower(hash));
    }

    /// <summary>RFC 4231, test cases 2 and 6: a short key, and one that is longer than a block.</summary>
    [Fact]
    public void Rfc4231Examples()
    {
        byte[] code = new byte[HmacSha256.ByteCount];
        HmacSha256.Hash("Jefe"u8, "what do ya want for nothing?"u8, code);
        Assert.Equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", Convert.ToHexStringLower(code));
        byte[] key = new byte[131];
        Array.Fill(key, (byte)0xaa);
        HmacSha256.Hash(key, "Test Using Larger Than Block-Size Key - Hash Key First"u8, code);
        Assert.Equal("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", Convert.ToHexStringLower(code));
    }

    [Fact]
    public void EveryLengthOfMessageAndKeyAgreesWithTheFramework()
    {
        Random random = new(1);
        byte[] bytes = new byte[400];
        random.NextBytes(bytes);
        byte[] found = new byte[Sha256.ByteCount];
        for (int length = 0; length <= 260; length++)
        {
            Sha256.Hash(bytes.AsSpan(0, length), found);
            Assert.Equal(SHA256.HashData(bytes.AsSpan(0, length)), found);
            HmacSha256.Hash(bytes.AsSpan(100, length % 140), bytes.AsSpan(0, length), found);
            Assert.Equal(HMACSHA256.HashData(bytes.AsSpan(100, length % 140), bytes.AsSpan(0, length)), found);
        }
    }
}
