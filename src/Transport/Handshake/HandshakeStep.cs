namespace Collectives.Transport.Handshake;

/// <summary>What a side does next, after it has sent what the handshake has to send.</summary>
public enum HandshakeStep
{
    /// <summary>Read exactly BytesExpected bytes and hand them over.</summary>
    Receive,

    /// <summary>Both sides know the token and agree: the connection is open.</summary>
    Established,

    /// <summary>Close the connection; Fault says why, Refusal holds the code if there is one.</summary>
    Failed,
}
