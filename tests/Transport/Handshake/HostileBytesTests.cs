using Collectives.Transport.Handshake;

namespace Collectives.Transport.Tests.Handshake;

/// <summary>What a stranger can do with the handshake without the token: nothing.</summary>
public sealed class HostileBytesTests
{
    [Fact]
    public void AReplayedDialerIsRefused()
    {
        // Everything that a dialer once said, again, to the same acceptor, which draws a new nonce.
        var dialer = new DialerHandshake(Handshakes.Token(), Handshakes.Hello());
        byte[] hello = dialer.ToSend.ToArray();
        AcceptorHandshake first = NewAcceptor();
        first.Receive(hello);
        dialer.Receive(first.ToSend.Span);
        byte[] proof = dialer.ToSend.ToArray();
        Assert.Equal(HandshakeStep.Established, first.Receive(proof));

        AcceptorHandshake second = NewAcceptor();
        Assert.Equal(HandshakeStep.Receive, second.Receive(hello));
        Assert.Equal(HandshakeStep.Failed, second.Receive(proof));
        Assert.Equal(RefusalCode.Token, second.Refusal);
    }

    [Fact]
    public void AReplayedAcceptorIsRefused()
    {
        var first = new DialerHandshake(Handshakes.Token(), Handshakes.Hello());
        AcceptorHandshake acceptor = Handshakes.Accept();
        acceptor.Receive(first.ToSend.Span);
        byte[] challenge = acceptor.ToSend.ToArray();

        Hello later = Handshakes.Hello();
        later.Nonce = Nonce.Draw();
        var second = new DialerHandshake(Handshakes.Token(), later);
        Assert.Equal(HandshakeStep.Failed, second.Receive(challenge));
        Assert.Equal(RefusalCode.Token, second.Refusal);
    }

    [Fact]
    public void AnAcceptorsProofIsWorthlessAsADialersProof()
    {
        // The attacker has no token. It hands the acceptor's own proof back, and then one that a second
        // connection to the same acceptor was made to compute for the same hello.
        AcceptorHandshake acceptor = Handshakes.Accept();
        var hello = new byte[Hello.ByteCount];
        Handshakes.Hello().Write(hello);
        acceptor.Receive(hello);
        byte[] own = acceptor.ToSend.Slice(Challenge.ProvenByteCount).ToArray();
        Assert.Equal(HandshakeStep.Failed, acceptor.Receive(own));

        AcceptorHandshake victim = NewAcceptor();
        AcceptorHandshake oracle = NewAcceptor();
        victim.Receive(hello);
        oracle.Receive(hello);
        Assert.Equal(HandshakeStep.Failed, victim.Receive(oracle.ToSend.Slice(Challenge.ProvenByteCount).Span));
    }

    [Fact]
    public void ADialerIsNotReflectedOntoItsOwnPort()
    {
        // The attacker answers member A's dial to B by dialing A itself with A's own hello.
        var dialer = new DialerHandshake(Handshakes.Token(), Handshakes.Hello());
        var self = new AcceptorHandshake(
            Handshakes.Token(), HandshakePurpose.Lane, Handshakes.Dialer, new FixedAdmission(RefusalCode.None));
        Handshakes.Run(dialer, self);
        Assert.Equal(RefusalCode.WrongPeer, self.Refusal);
        Assert.Equal(HandshakeStep.Failed, dialer.Step);
    }

    [Fact]
    public void EveryFlippedBitIsNoticed()
    {
        // Whoever sits between the two changes one bit of any message that precedes the welcome.
        for (int bit = 0; bit < (Hello.ByteCount + Challenge.ByteCount + TokenProof.ByteCount) * 8; bit++)
        {
            var dialer = new DialerHandshake(Handshakes.Token(), Handshakes.Hello());
            AcceptorHandshake acceptor = Handshakes.Accept();
            int at = 0;
            Assert.False(Carry(dialer, acceptor, bit, ref at), $"bit {bit} went unnoticed");
        }
    }

    [Fact]
    public void RandomBytesNeverGetInAndNeverThrow()
    {
        var random = new Random(20240607);
        for (int run = 0; run < 20000; run++)
        {
            AcceptorHandshake acceptor = Handshakes.Accept();
            var dialer = new DialerHandshake(Handshakes.Token(), Handshakes.Hello());
            FeedRandom(acceptor.Receive, () => acceptor.BytesExpected, random, run);
            FeedRandom(dialer.Receive, () => dialer.BytesExpected, random, run);
            Assert.Equal(HandshakeStep.Failed, acceptor.Step);
            Assert.Equal(HandshakeStep.Failed, dialer.Step);
            Assert.False(acceptor.Fault.IsNone || dialer.Fault.IsNone);
        }
    }

    [Fact]
    public void AWrongNumberOfBytesIsABugOfTheCaller()
    {
        AcceptorHandshake acceptor = Handshakes.Accept();
        Assert.Throws<ArgumentException>(() => acceptor.Receive(new byte[Hello.ByteCount - 1]));
        Assert.Equal(HandshakeStep.Receive, acceptor.Step);
    }

    private delegate HandshakeStep Receiver(ReadOnlySpan<byte> bytes);

    private static void FeedRandom(Receiver receive, Func<int> expected, Random random, int run)
    {
        while (expected() > 0)
        {
            var bytes = new byte[expected()];
            random.NextBytes(bytes);
            // Half of the runs get past the magic, and half of those past version and purpose.
            if (run % 2 == 0 && bytes.Length >= 8) "COLL"u8.CopyTo(bytes);
            if (run % 4 == 0 && bytes.Length >= 8) new byte[] { 1, 0, (byte)(run % 8 == 0 ? 2 : 0), 0 }.CopyTo(bytes, 4);
            receive(bytes);
        }
    }

    private static AcceptorHandshake NewAcceptor() =>
        new(Handshakes.Token(), HandshakePurpose.Lane, Handshakes.Acceptor, new FixedAdmission(RefusalCode.None));

    /// <summary>Whether the two agree although bit number <paramref name="bit"/> of what they say is flipped.</summary>
    private static bool Carry(DialerHandshake dialer, AcceptorHandshake acceptor, int bit, ref int at)
    {
        acceptor.Receive(Flip(dialer.ToSend, bit, ref at));
        if (acceptor.ToSend.IsEmpty) return false;
        dialer.Receive(Flip(acceptor.ToSend, bit, ref at));
        if (dialer.ToSend.IsEmpty) return false;
        return acceptor.Receive(Flip(dialer.ToSend, bit, ref at)) == HandshakeStep.Established;
    }

    private static byte[] Flip(ReadOnlyMemory<byte> message, int bit, ref int at)
    {
        byte[] bytes = message.ToArray();
        int local = bit - at * 8;
        if (local >= 0 && local < bytes.Length * 8) bytes[local / 8] ^= (byte)(1 << (local % 8));
        at += bytes.Length;
        return bytes;
    }
}
