using Collectives.Transport.Handshake;

namespace Collectives.Transport.Tests.Handshake;

/// <summary>Who takes a connection that comes for a status.</summary>
public sealed class StatusPurposeTests
{
    [Fact]
    public void OnlyAnAcceptorThatSaysSoTakesIt()
    {
        Assert.Equal(HandshakeStep.Established, Run(new DialerHandshake(Handshakes.Token(), Hello.ToStatus()), Accept(alsoStatus: true)));
        AcceptorHandshake members = Accept(alsoStatus: false);
        Assert.Equal(HandshakeStep.Failed, Run(new DialerHandshake(Handshakes.Token(), Hello.ToStatus()), members));
        Assert.Equal(RefusalCode.Purpose, members.Refusal);
    }

    [Fact]
    public void ItTakesTheTokenLikeAnyOther()
    {
        var dialer = new DialerHandshake(Handshakes.Token("another"), Hello.ToStatus());
        Assert.Equal(HandshakeStep.Failed, Run(dialer, Accept(alsoStatus: true)));
        Assert.Equal(RefusalCode.Token, dialer.Refusal);
    }

    [Fact]
    public void ItsHelloNamesNoLaneAndNoPeer()
    {
        Hello hello = Hello.ToStatus();
        Assert.True(hello.IsWellFormed);
        hello.Lanes = 1;
        Assert.False(hello.IsWellFormed);
        hello.Lanes = 0;
        hello.Peer = Handshakes.Acceptor;
        Assert.False(hello.IsWellFormed);
    }

    private static AcceptorHandshake Accept(bool alsoStatus) =>
        new(Handshakes.Token(), HandshakePurpose.CoordinatorSession, Handshakes.Acceptor, new FixedAdmission(RefusalCode.None))
        {
            AlsoTaken = alsoStatus ? HandshakePurpose.Status : HandshakePurpose.CoordinatorSession,
        };

    private static HandshakeStep Run(DialerHandshake dialer, AcceptorHandshake acceptor)
    {
        Handshakes.Run(dialer, acceptor);
        return dialer.Step;
    }
}
