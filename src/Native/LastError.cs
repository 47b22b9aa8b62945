using System.Text;
using System.Text.Unicode;

namespace Collectives.Native;

/// <summary>The calling thread's last failure in words, as coll_last_error gives it.</summary>
internal static class LastError
{
    [ThreadStatic]
    private static string? message;

    public static void Record(string? text) => message = text ?? "";

    /// <summary>
    /// Copies the message as UTF-8 with a terminating zero, cut between two characters if it doesn't fit, and
    /// returns the whole length in bytes. In a forked child nothing is recorded (that would allocate on a heap
    /// that the fork may have caught in mid-change), so there the answer is always the refusal.
    /// </summary>
    public static int Copy(Span<byte> destination)
    {
        string text = ForkGuard.InChild ? ForkGuard.Refusal : message ?? "";
        if (!destination.IsEmpty)
        {
            _ = Utf8.FromUtf16(text, destination[..^1], out _, out int written, replaceInvalidSequences: true);
            destination[written] = 0;
        }

        return Encoding.UTF8.GetByteCount(text);
    }
}
