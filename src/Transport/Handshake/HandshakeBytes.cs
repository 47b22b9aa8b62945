namespace Collectives.Transport.Handshake;

/// <summary>What both sides of a handshake need around the bytes they receive.</summary>
internal static class HandshakeBytes
{
    /// <summary>Enough of a stranger's bytes to recognise a web browser or a port scan in a log line.</summary>
    public static string Show(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes[..Math.Min(bytes.Length, 8)]) + "...";

    public static void ThrowUnlessExpected(int expected, int found)
    {
        if (expected != found || expected == 0)
            throw new ArgumentException($"a handshake that expects {expected} bytes was handed {found}");
    }
}
