namespace Collectives.Transport.Interop;

/// <summary>
/// The system's random bytes, fit for secrets (getrandom, Linux 3.17). The framework's own way to them leads through
/// OpenSSL; see <see cref="Handshake.Sha256"/>.
/// </summary>
internal static unsafe class RandomBytes
{
    public static void Fill(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            nint got;
            fixed (byte* bytes = destination) got = Libc.GetRandom(bytes, (nuint)destination.Length, 0);
            if (got > 0) destination = destination[(int)got..];
            else if (Libc.Errno != Libc.ErrInterrupted)
                throw new InvalidOperationException($"the system gives no random bytes: {Libc.ErrorText(Libc.Errno)}");
        }
    }
}
