namespace Collectives.Transport.Handshake;

/// <summary>What a connection is for, once its handshake has ended well. The values are those on the wire.</summary>
public enum HandshakePurpose : ushort
{
    CoordinatorSession = 1,
    Lane = 2,

    /// <summary>A look at what a coordinator knows. Who looks is no member, and changes nothing.</summary>
    Status = 3,

    /// <summary>To be connected with another member that dials the same acceptor: neither of the two reaches the other.</summary>
    Relay = 4,
}
