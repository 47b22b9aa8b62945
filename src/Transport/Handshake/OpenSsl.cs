using System.Runtime.InteropServices;

namespace Collectives.Transport.Handshake;

/// <summary>
/// The framework takes its HMAC and its random numbers from OpenSSL, which it opens at the first use; where there is
/// none it ends the process. A library must not end its host, so it looks for itself first.
/// </summary>
public static class OpenSsl
{
    private static readonly string[] s_names = ["libssl.so.3", "libssl.so.1.1"];

    /// <summary>To be asked before anything that draws random bytes or proves a token.</summary>
    public static Fault Check()
    {
        foreach (string name in s_names)
        {
            // Stays open: it is what the framework opens next.
            if (NativeLibrary.TryLoad(name, out _)) return Fault.None;
        }

        return new Fault(Status.System,
            $"OpenSSL is missing, which proofs of the token need: expected one of {string.Join(", ", s_names)} (Debian: apt-get install libssl3), and none can be loaded");
    }
}
