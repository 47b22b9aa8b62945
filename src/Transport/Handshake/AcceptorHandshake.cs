namespace Collectives.Transport.Handshake;

/// <summary>
/// The acceptor's side of the handshake, without a socket: read BytesExpected bytes, call Receive, send ToSend,
/// and again until the step is no longer Receive. It holds a fixed number of bytes per connection, whatever the
/// dialer sends, and answers nothing to what is no hello.
/// </summary>
public sealed class AcceptorHandshake
{
    private readonly byte[] _token;
    private readonly HandshakePurpose _purpose;
    private readonly HandshakePurpose _alsoTaken;
    private readonly MemberId _self;
    private readonly IAdmission _admission;
    private readonly Nonce _nonce;
    private readonly byte[] _received = new byte[Hello.ByteCount];
    private readonly byte[] _challenge = new byte[Challenge.ByteCount];
    private bool _challenged;
    private Hello _hello;

    public AcceptorHandshake(byte[] token, HandshakePurpose purpose, MemberId self, IAdmission admission)
        : this(token, purpose, self, admission, Nonce.Draw())
    {
    }

    /// <summary>With a nonce of the caller's: for a replay of a recorded or simulated run only.</summary>
    public AcceptorHandshake(byte[] token, HandshakePurpose purpose, MemberId self, IAdmission admission, in Nonce nonce)
    {
        _token = token;
        _purpose = _alsoTaken = purpose;
        _self = self;
        _admission = admission;
        _nonce = nonce;
    }

    /// <summary>A second purpose that connections may have here; the first one, unless set.</summary>
    public HandshakePurpose AlsoTaken
    {
        init => _alsoTaken = value;
    }

    /// <summary>Bytes to send now, also when the step is Failed: they tell the dialer why.</summary>
    public ReadOnlyMemory<byte> ToSend { get; private set; }

    public int BytesExpected => Step != HandshakeStep.Receive ? 0 : _challenged ? TokenProof.ByteCount : Hello.ByteCount;

    public HandshakeStep Step { get; private set; } = HandshakeStep.Receive;

    public RefusalCode Refusal { get; private set; }

    public Fault Fault { get; private set; }

    /// <summary>The dialer's hello. To be believed once the step is Established.</summary>
    public ref readonly Hello Dialer => ref _hello;

    /// <summary>Takes exactly BytesExpected bytes.</summary>
    public HandshakeStep Receive(ReadOnlySpan<byte> bytes)
    {
        HandshakeBytes.ThrowUnlessExpected(BytesExpected, bytes.Length);
        ToSend = default;
        return Step = _challenged ? ReceiveProof(bytes) : ReceiveHello(bytes);
    }

    private HandshakeStep ReceiveHello(ReadOnlySpan<byte> bytes)
    {
        if (!Hello.TryRead(bytes, out _hello))
            return Fail($"expected a hello with the magic \"COLL\", found {HandshakeBytes.Show(bytes)}");
        bytes.CopyTo(_received);

        RefusalCode refusal = Examine();
        var challenge = new Challenge { Version = Hello.CurrentVersion, Refusal = refusal, Acceptor = _self, Nonce = _nonce };
        challenge.Write(_challenge);
        TokenProof.OfAcceptor(_token, _received, _challenge, _challenge.AsSpan(Challenge.ProvenByteCount));
        ToSend = _challenge;
        _challenged = true;
        if (refusal == RefusalCode.None) return HandshakeStep.Receive;

        Refusal = refusal;
        return Fail(refusal switch
        {
            RefusalCode.Version => $"expected version {Hello.CurrentVersion}, found {_hello.Version}",
            RefusalCode.Purpose => $"expected a connection for {_purpose}, found {_hello.Purpose}",
            RefusalCode.WrongPeer => $"member {_hello.Member} expected member {_hello.Peer} here, found {_self}",
            _ => $"member {_hello.Member} sent lane {_hello.Lane} of {_hello.Lanes} to peer {_hello.Peer}: out of range for {_hello.Purpose}",
        });
    }

    private RefusalCode Examine()
    {
        if (_hello.Version != Hello.CurrentVersion) return RefusalCode.Version;
        if (_hello.Purpose != _purpose && _hello.Purpose != _alsoTaken) return RefusalCode.Purpose;
        if (!_hello.IsWellFormed) return RefusalCode.Malformed;
        if (!_hello.Peer.IsNone && _hello.Peer != _self) return RefusalCode.WrongPeer;
        return RefusalCode.None;
    }

    private HandshakeStep ReceiveProof(ReadOnlySpan<byte> bytes)
    {
        Span<byte> expected = stackalloc byte[TokenProof.ByteCount];
        TokenProof.OfDialer(_token, _received, _challenge, expected);
        Refusal = TokenProof.Matches(expected, bytes) ? _admission.Admit(_hello) : RefusalCode.Token;

        var welcome = new byte[Welcome.ByteCount];
        new Welcome { Refusal = Refusal }.Write(welcome);
        ToSend = welcome;
        return Refusal switch
        {
            RefusalCode.None => HandshakeStep.Established,
            RefusalCode.Token => Fail($"the proof of member {_hello.Member} does not match: it has another token"),
            _ => Fail($"member {_hello.Member} of group {_hello.Group}, epoch {_hello.Epoch}, was refused: {Refusal}"),
        };
    }

    private HandshakeStep Fail(string message)
    {
        Fault = new Fault(Status.Refused, "handshake: " + message);
        return HandshakeStep.Failed;
    }
}
