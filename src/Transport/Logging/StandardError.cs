using System.Text;
using Collectives.Transport.Interop;

namespace Collectives.Transport.Logging;

/// <summary>
/// Lines on descriptor 2, each with one system call, so that those of several processes don't mix. Not
/// System.Console, which takes signals over from the host program.
/// </summary>
internal static unsafe class StandardError
{
    private const int Descriptor = 2;

    public static void Write(LogLevel level, string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
        fixed (byte* start = bytes)
        {
            nint written = 0;
            while (written < bytes.Length)
            {
                nint more = Libc.Write(Descriptor, start + written, (nuint)(bytes.Length - written));
                // Closed, or full and non-blocking: the rest of the line is lost.
                if (more <= 0 && Libc.Errno != Libc.ErrInterrupted) return;
                written += Math.Max(more, 0);
            }
        }
    }
}
