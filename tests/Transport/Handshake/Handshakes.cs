using System.Text;
using Collectives.Transport.Handshake;

namespace Collectives.Transport.Tests.Handshake;

/// <summary>The two sides that these tests put together, with ids and nonces that never change.</summary>
internal static class Handshakes
{
    public static readonly MemberId Dialer = new(0xA1A2A3A4A5A6A7A8, 0xA9AAABACADAEAFA0);
    public static readonly MemberId Acceptor = new(0xB1B2B3B4B5B6B7B8, 0xB9BABBBCBDBEBFB0);

    public static byte[] Token(string text = "secret") => Encoding.UTF8.GetBytes(text);

    public static Nonce NonceFrom(int first) =>
        Nonce.Read(Enumerable.Range(first, Nonce.ByteCount).Select(i => (byte)i).ToArray());

    public static Hello Hello()
    {
        Hello hello = Transport.Handshake.Hello.ToPeer(7, 0x1122334455667788, Dialer, Acceptor, 3, 4);
        hello.Nonce = NonceFrom(0);
        return hello;
    }

    public static AcceptorHandshake Accept(string token = "secret", IAdmission? admission = null) =>
        new(Token(token), HandshakePurpose.Lane, Acceptor, admission ?? new FixedAdmission(RefusalCode.None), NonceFrom(32));

    /// <summary>Carries bytes between the two until neither has any to send.</summary>
    public static void Run(DialerHandshake dialer, AcceptorHandshake acceptor)
    {
        while (dialer.Step == HandshakeStep.Receive)
        {
            acceptor.Receive(dialer.ToSend.Span);
            dialer.Receive(acceptor.ToSend.Span);
            if (dialer.ToSend.IsEmpty) return;
        }
    }
}

internal sealed class FixedAdmission(RefusalCode answer) : IAdmission
{
    public int Asked { get; private set; }

    public RefusalCode Admit(in Hello hello)
    {
        Asked++;
        return answer;
    }
}
