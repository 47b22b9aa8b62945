using Collectives.Membership.Io;
using Collectives.Membership.Messages;
using Collectives.Transport.Handshake;

namespace Collectives.Membership.Server;

/// <summary>
/// One accepted connection: a stranger until its handshake is done, then a stream of control messages. What it
/// may cost is bounded: 88 bytes for a stranger, one message of the largest size to a coordinator afterwards,
/// and a queue that is cut when its reader is too slow.
/// </summary>
internal sealed class ServerSession(long number, ControlConnection connection, AcceptorHandshake handshake, long now) : IDisposable
{
    /// <summary>Two of the largest rosters, and some: who is further behind does not read.</summary>
    public const long MaxQueuedByteCount = 4 << 20;

    private readonly byte[] _hello = new byte[Hello.ByteCount];
    private int _helloCount;
    private FrameReader? _frames;

    public long Number { get; } = number;

    public ControlConnection Connection { get; } = connection;

    public AcceptorHandshake Handshake { get; } = handshake;

    public long AcceptedAt { get; } = now;

    public bool IsStranger => _frames is null;

    /// <summary>When a session that is to close is closed even though its last bytes were not taken.</summary>
    public long CloseBy { get; set; } = long.MaxValue;

    public bool IsClosing => CloseBy != long.MaxValue;

    /// <summary>It came for the coordinator's status, and gets nothing else.</summary>
    public bool IsForStatus { get; set; }

    /// <summary>What the poller waits for on its behalf.</summary>
    public bool WatchesWrite { get; set; }

    /// <summary>Why the session is over; null as long as it is not.</summary>
    public string? Problem => Connection.Problem ?? _frames?.Problem
        ?? (!IsForStatus && Connection.QueuedByteCount > MaxQueuedByteCount ? $"it has {Connection.QueuedByteCount} bytes unread" : null);

    /// <summary>True if there may be more to do with what has arrived.</summary>
    public bool AdvanceHandshake()
    {
        int missing = Handshake.BytesExpected - _helloCount;
        int received = Connection.Receive(_hello.AsSpan(_helloCount, missing));
        _helloCount += received;
        if (received == 0 || Connection.Problem is not null) return false;
        if (_helloCount < Handshake.BytesExpected) return true;

        HandshakeStep step = Handshake.Receive(_hello.AsSpan(0, _helloCount));
        _helloCount = 0;
        Connection.Enqueue(Handshake.ToSend);
        if (step == HandshakeStep.Established) _frames = new FrameReader(toCoordinator: true);
        return step != HandshakeStep.Failed;
    }

    /// <summary>Reads once from the socket; false if nothing came.</summary>
    public bool Receive()
    {
        int received = Connection.Receive(_frames!.Free());
        _frames.Arrived(received);
        return received > 0;
    }

    public ControlMessage? Next() => _frames!.Next();

    public void Dispose() => Connection.Dispose();
}
