using Collectives.Transport.Memory;

namespace Collectives.Transport.Tests.Memory;

public sealed unsafe class StreamingCopyTests
{
    /// <summary>Of any length, from and to any place within a cache line, and nothing around it.</summary>
    [Fact]
    public void CopiesExactlyTheBytes()
    {
        const int Line = 64;
        foreach (int bytes in new[] { 0, 1, 31, 63, 64, 65, 127, 128, 1000, 4096 })
        {
            for (int shift = 0; shift < Line; shift++)
            {
                byte[] source = [.. Enumerable.Range(0, bytes + Line).Select(at => (byte)(at * 7 + shift))];
                byte[] destination = new byte[bytes + 3 * Line];
                fixed (byte* from = source, to = destination)
                    StreamingCopy.Run(to + Line + shift, from + (shift * 5 % Line), bytes);
                Assert.True(destination.AsSpan(Line + shift, bytes).SequenceEqual(source.AsSpan(shift * 5 % Line, bytes)), $"{bytes} bytes, shift {shift}");
                Assert.False(destination.AsSpan(0, Line + shift).ContainsAnyExcept((byte)0));
                Assert.False(destination.AsSpan(Line + shift + bytes).ContainsAnyExcept((byte)0));
            }
        }
    }
}
