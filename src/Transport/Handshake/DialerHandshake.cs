namespace Collectives.Transport.Handshake;

/// <summary>
/// The dialer's side of the handshake, without a socket: send ToSend, read BytesExpected bytes, call Receive,
/// and again until the step is no longer Receive.
/// <code>
///   dialer                         acceptor
///   hello                    -->
///                            <--   challenge, with proof of the token
///   proof of the token       -->
///                            <--   welcome
/// </code>
/// The acceptor proves itself first: a dialer that finds the proof wrong sends nothing that depends on its token.
/// </summary>
public sealed class DialerHandshake
{
    private readonly byte[] _token;
    private readonly Hello _hello;
    private readonly byte[] _sent = new byte[Hello.ByteCount];
    private readonly byte[] _proof = new byte[TokenProof.ByteCount];
    private int _received;

    public DialerHandshake(byte[] token, in Hello hello)
    {
        _token = token;
        _hello = hello;
        hello.Write(_sent);
        ToSend = _sent;
    }

    /// <summary>Bytes to send before anything is read; empty after the last Receive.</summary>
    public ReadOnlyMemory<byte> ToSend { get; private set; }

    public int BytesExpected => Step != HandshakeStep.Receive ? 0 : _received == 0 ? Challenge.ByteCount : Welcome.ByteCount;

    public HandshakeStep Step { get; private set; } = HandshakeStep.Receive;

    public RefusalCode Refusal { get; private set; }

    public Fault Fault { get; private set; }

    /// <summary>The acceptor's id, once its challenge has been received.</summary>
    public MemberId Acceptor { get; private set; }

    /// <summary>Takes exactly BytesExpected bytes.</summary>
    public HandshakeStep Receive(ReadOnlySpan<byte> bytes)
    {
        HandshakeBytes.ThrowUnlessExpected(BytesExpected, bytes.Length);
        ToSend = default;
        return Step = _received++ == 0 ? ReceiveChallenge(bytes) : ReceiveWelcome(bytes);
    }

    private HandshakeStep ReceiveChallenge(ReadOnlySpan<byte> bytes)
    {
        if (!Challenge.TryRead(bytes, out Challenge challenge))
            return Fail(Status.Refused, $"expected a challenge with the magic \"COLL\", found {HandshakeBytes.Show(bytes)}: not a port of this library");
        if (challenge.Version != Hello.CurrentVersion)
            return Refuse(RefusalCode.Version, $"expected version {Hello.CurrentVersion} of the protocol, found {challenge.Version}");

        // Which one of the refusals it is depends on public facts alone here, but only a holder of the token
        // may send a dialer away with it; whoever sits between could close the connection just as well.
        Span<byte> expected = stackalloc byte[TokenProof.ByteCount];
        TokenProof.OfAcceptor(_token, _sent, bytes, expected);
        if (!TokenProof.Matches(expected, bytes[Challenge.ProvenByteCount..]))
            return Refuse(RefusalCode.Token, "the other side has another token: its proof does not match; give all members and the coordinator the same one");
        if (challenge.Refusal != RefusalCode.None)
            return Refuse(challenge.Refusal, $"the other side refused: {RefusalWords.Describe(challenge.Refusal)}");
        if (!_hello.Peer.IsNone && challenge.Acceptor != _hello.Peer)
            return Refuse(RefusalCode.WrongPeer, $"expected member {_hello.Peer}, found member {challenge.Acceptor}");

        Acceptor = challenge.Acceptor;
        TokenProof.OfDialer(_token, _sent, bytes, _proof);
        ToSend = _proof;
        return HandshakeStep.Receive;
    }

    private HandshakeStep ReceiveWelcome(ReadOnlySpan<byte> bytes)
    {
        if (!Welcome.TryRead(bytes, out Welcome welcome))
            return Fail(Status.Refused, $"expected a welcome, found {HandshakeBytes.Show(bytes)}");
        return welcome.Refusal == RefusalCode.None
            ? HandshakeStep.Established
            : Refuse(welcome.Refusal, $"the other side refused: {RefusalWords.Describe(welcome.Refusal)}");
    }

    private HandshakeStep Refuse(RefusalCode code, string message)
    {
        Refusal = code;
        return Fail(Status.Refused, message);
    }

    private HandshakeStep Fail(Status status, string message)
    {
        Fault = new Fault(status, "handshake: " + message);
        return HandshakeStep.Failed;
    }
}
