namespace Collectives.Transport.Handshake;

/// <summary>
/// The acceptor's own say in who gets in. It is asked after the dialer has proved that it knows the token, so
/// what it answers is seen by nobody else.
/// </summary>
public interface IAdmission
{
    /// <summary>None lets the dialer in.</summary>
    RefusalCode Admit(in Hello hello);
}
