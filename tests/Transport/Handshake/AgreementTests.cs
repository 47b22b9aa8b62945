using Collectives.Transport.Handshake;

namespace Collectives.Transport.Tests.Handshake;

/// <summary>Who gets in, who is sent away, and what both sides say about it.</summary>
public sealed class AgreementTests
{
    [Theory]
    [InlineData("secret")]
    [InlineData("")]
    [InlineData("a token that is longer than the sixty-four bytes of one block of SHA-256, and so is hashed first")]
    public void TheSameTokenOnBothSidesGetsIn(string token)
    {
        var dialer = new DialerHandshake(Handshakes.Token(token), Handshakes.Hello());
        AcceptorHandshake acceptor = Handshakes.Accept(token);
        Handshakes.Run(dialer, acceptor);

        Assert.Equal(HandshakeStep.Established, dialer.Step);
        Assert.Equal(HandshakeStep.Established, acceptor.Step);
        Assert.Equal(Handshakes.Acceptor, dialer.Acceptor);
        Assert.Equal(Handshakes.Dialer, acceptor.Dialer.Member);
        Assert.Equal(0, dialer.BytesExpected + acceptor.BytesExpected);
    }

    [Fact]
    public void ADialerStopsAtAnAcceptorWithAnotherToken()
    {
        var dialer = new DialerHandshake(Handshakes.Token(), Handshakes.Hello());
        AcceptorHandshake acceptor = Handshakes.Accept("other");
        acceptor.Receive(dialer.ToSend.Span);

        Assert.Equal(HandshakeStep.Failed, dialer.Receive(acceptor.ToSend.Span));
        Assert.Equal(RefusalCode.Token, dialer.Refusal);
        Assert.Equal(Status.Refused, dialer.Fault.Status);
        Assert.True(dialer.ToSend.IsEmpty, "a proof went to a side that does not know the token");
    }

    [Fact]
    public void AnAcceptorRefusesADialerWithAnotherToken()
    {
        // A dialer that does not check the acceptor, and proves with a token of its own.
        var admission = new FixedAdmission(RefusalCode.None);
        AcceptorHandshake acceptor = Handshakes.Accept("secret", admission);
        var hello = new byte[Hello.ByteCount];
        Handshakes.Hello().Write(hello);
        acceptor.Receive(hello);
        var proof = new byte[TokenProof.ByteCount];
        TokenProof.OfDialer(Handshakes.Token("other"), hello, acceptor.ToSend.Span, proof);

        Assert.Equal(HandshakeStep.Failed, acceptor.Receive(proof));
        Assert.Equal(RefusalCode.Token, acceptor.Refusal);
        Assert.Equal(0, admission.Asked);
        Assert.True(Welcome.TryRead(acceptor.ToSend.Span, out Welcome welcome));
        Assert.Equal(RefusalCode.Token, welcome.Refusal);
    }

    [Theory]
    [InlineData(RefusalCode.UnknownMember)]
    [InlineData(RefusalCode.Group)]
    [InlineData(RefusalCode.Epoch)]
    [InlineData(RefusalCode.TryAgain)]
    public void TheDialerLearnsWhyAdmissionRefused(RefusalCode code)
    {
        var dialer = new DialerHandshake(Handshakes.Token(), Handshakes.Hello());
        AcceptorHandshake acceptor = Handshakes.Accept("secret", new FixedAdmission(code));
        Handshakes.Run(dialer, acceptor);

        Assert.Equal(HandshakeStep.Failed, dialer.Step);
        Assert.Equal(code, dialer.Refusal);
        Assert.Contains(RefusalWords.Describe(code), dialer.Fault.Message);
        Assert.Equal(HandshakeStep.Failed, acceptor.Step);
        Assert.Equal(code, acceptor.Refusal);
    }

    [Fact]
    public void AnotherVersionIsRefusedWithBothNumbers()
    {
        Hello hello = Handshakes.Hello();
        hello.Version = 2;
        ExpectRefusal(hello, RefusalCode.Version, "expected version 1, found 2");
    }

    [Fact]
    public void ASessionAtAMemberIsRefused()
    {
        Hello hello = Hello.ToCoordinator(7, 0, Handshakes.Dialer);
        ExpectRefusal(hello, RefusalCode.Purpose, "CoordinatorSession");
    }

    [Fact]
    public void AHelloForAnotherMemberIsRefused()
    {
        Hello hello = Handshakes.Hello();
        hello.Peer = new MemberId(1, 2);
        ExpectRefusal(hello, RefusalCode.WrongPeer, "00000000");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 4)]
    [InlineData(0, 65)]
    [InlineData(65535, 65535)]
    public void LanesOutOfRangeAreRefused(ushort lane, ushort lanes)
    {
        Hello hello = Handshakes.Hello();
        hello.Lane = lane;
        hello.Lanes = lanes;
        ExpectRefusal(hello, RefusalCode.Malformed, "out of range");
    }

    [Fact]
    public void ADialerRejectsAnAcceptorOfAnotherId()
    {
        // The acceptor knows the token and does not look at whom the dialer wants.
        var dialer = new DialerHandshake(Handshakes.Token(), Handshakes.Hello());
        var challenge = new byte[Challenge.ByteCount];
        new Challenge { Version = 1, Acceptor = new MemberId(5, 6), Nonce = Handshakes.NonceFrom(9) }.Write(challenge);
        TokenProof.OfAcceptor(Handshakes.Token(), dialer.ToSend.Span, challenge, challenge.AsSpan(Challenge.ProvenByteCount));

        Assert.Equal(HandshakeStep.Failed, dialer.Receive(challenge));
        Assert.Equal(RefusalCode.WrongPeer, dialer.Refusal);
    }

    private static void ExpectRefusal(in Hello hello, RefusalCode code, string words)
    {
        var dialer = new DialerHandshake(Handshakes.Token(), hello);
        AcceptorHandshake acceptor = Handshakes.Accept();
        Handshakes.Run(dialer, acceptor);

        Assert.Equal(HandshakeStep.Failed, acceptor.Step);
        Assert.Equal(code, acceptor.Refusal);
        Assert.Contains(words, acceptor.Fault.Message);
        Assert.Equal(code, dialer.Refusal);
        Assert.False(dialer.Fault.IsNone);
    }
}
