using Collectives.Transport.Handshake;

namespace Collectives.Transport.Tests.Handshake;

/// <summary>
/// The bytes of docs/wire.md. They were computed outside of this library (Python's struct and hmac), and they
/// change only together with the protocol's version.
/// </summary>
public sealed class GoldenBytesTests
{
    private const string HelloBytes =
        "434f4c4c" + "0100" + "0200" + "07000000" + "0300" + "0400" + "8877665544332211"
        + "a8a7a6a5a4a3a2a1a0afaeadacabaaa9" + "b8b7b6b5b4b3b2b1b0bfbebdbcbbbab9"
        + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    private const string ChallengeBytes =
        "434f4c4c" + "0100" + "0000" + "b8b7b6b5b4b3b2b1b0bfbebdbcbbbab9"
        + "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
        + "e07b67c9b90a4125fd6195f333a8960ded1a2ad955e159a3c9cb32fef42eba05";

    private const string ProofBytes = "7d326b0dd1bcafdb0bc1b999ec2f2df85b5ad5d9e080a10c9ef725aba7605a3b";

    private const string WelcomeBytes = "434f4c4c" + "0000" + "0000";

    [Fact]
    public void EveryMessageHasTheDocumentedBytes()
    {
        var dialer = new DialerHandshake(Handshakes.Token(), Handshakes.Hello());
        AcceptorHandshake acceptor = Handshakes.Accept();

        Assert.Equal(HelloBytes, Convert.ToHexStringLower(dialer.ToSend.Span));
        Assert.Equal(HandshakeStep.Receive, acceptor.Receive(dialer.ToSend.Span));
        Assert.Equal(ChallengeBytes, Convert.ToHexStringLower(acceptor.ToSend.Span));
        Assert.Equal(HandshakeStep.Receive, dialer.Receive(acceptor.ToSend.Span));
        Assert.Equal(ProofBytes, Convert.ToHexStringLower(dialer.ToSend.Span));
        Assert.Equal(HandshakeStep.Established, acceptor.Receive(dialer.ToSend.Span));
        Assert.Equal(WelcomeBytes, Convert.ToHexStringLower(acceptor.ToSend.Span));
        Assert.Equal(HandshakeStep.Established, dialer.Receive(acceptor.ToSend.Span));
    }

    [Fact]
    public void AHelloReadsBackAsItWasWritten()
    {
        Assert.True(Hello.TryRead(Convert.FromHexString(HelloBytes), out Hello hello));
        Assert.Equal(1, hello.Version);
        Assert.Equal(HandshakePurpose.Lane, hello.Purpose);
        Assert.Equal(7u, hello.Group);
        Assert.Equal(3, hello.Lane);
        Assert.Equal(4, hello.Lanes);
        Assert.Equal(0x1122334455667788u, hello.Epoch);
        Assert.Equal(Handshakes.Dialer, hello.Member);
        Assert.Equal(Handshakes.Acceptor, hello.Peer);
    }

    [Fact]
    public void AHelloToARelayNamesTheOtherEndByHalfOfItsId()
    {
        Hello hello = Hello.ToRelay(7, Handshakes.Dialer, Handshakes.Acceptor, new MemberId(0x1122334455667788, 1));
        byte[] bytes = new byte[Hello.ByteCount];
        hello.Write(bytes);
        Assert.Equal("434f4c4c" + "0100" + "0400" + "07000000" + "0000" + "0000" + "8877665544332211" + HelloBytes[48..112], Convert.ToHexStringLower(bytes)[..112]);
        Assert.True(hello.IsWellFormed);
        Assert.False((hello with { Lanes = 1 }).IsWellFormed);
        Assert.False((hello with { Peer = hello.Member }).IsWellFormed);
    }

    [Fact]
    public void NothingReadsFromTooFewBytes()
    {
        byte[] hello = Convert.FromHexString(HelloBytes);
        byte[] challenge = Convert.FromHexString(ChallengeBytes);
        byte[] welcome = Convert.FromHexString(WelcomeBytes);
        for (int length = 0; length < hello.Length; length++)
        {
            Assert.False(Hello.TryRead(hello.AsSpan(0, length), out _));
            Assert.False(Challenge.TryRead(challenge.AsSpan(0, length), out _));
            if (length < welcome.Length) Assert.False(Welcome.TryRead(welcome.AsSpan(0, length), out _));
        }
    }
}
