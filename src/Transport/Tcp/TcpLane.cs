using Collectives.Transport.Interop;
using Collectives.Transport.Memory;
using Collectives.Transport.Progress;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tcp;

/// <summary>
/// One open TCP connection of a link. Receiving stands in TcpLane.Receive.cs, sending in TcpLane.Send.cs; here
/// is what ties them to the descriptor. A lane never repairs itself: on any failure it gives its unfinished
/// frames back to the link and is gone.
/// </summary>
internal sealed unsafe partial class TcpLane : IPollable
{
    private const int AheadMs = 25, LimitEveryMs = 200;
    private const int LeastUnsentBytes = 128 * 1024, MostUnsentBytes = 8 << 20;

    private readonly TcpLink _link;
    private readonly TcpNetwork _network;
    private readonly int _slot;
    private int _fd;
    private bool _waitsToWrite;
    private int _unsentLimit = LeastUnsentBytes;
    private long _limitedMs, _limitedBytes, _writtenBytes;
    private long _takenDelivered;

    public TcpLane(TcpNetwork network, TcpLink link, int index, int fd, bool far)
    {
        IsFar = far;
        if (far) TcpSocket.LimitUnsent(fd, _unsentLimit);
        _network = network;
        _link = link;
        _fd = fd;
        Index = index;
        CongestionControl = TcpSocket.CongestionControl(fd);
        _slot = network.Loop.Poller.Add(fd, this, write: false);
        _staging = NativeBlock.Allocate(StagingBytes);
        _headers = (FrameHeader*)NativeBlock.Allocate(BatchFrames * FrameHeader.ByteCount);
    }

    /// <summary>Its number within the link, the same at both ends.</summary>
    public int Index { get; }

    /// <summary>Its round trip is longer than a rack's.</summary>
    public bool IsFar { get; }

    /// <summary>It has more to write than the kernel takes.</summary>
    public bool IsFull => _isFull && _waitsToWrite;

    /// <summary>Milliseconds that its frames took from being taken to being acknowledged, smoothed; 0: not known yet.</summary>
    public double FrameMs { get; private set; }

    public bool IsOpen => _fd >= 0;

    /// <summary>As settled when the lane was opened.</summary>
    public string CongestionControl { get; }

    /// <summary>uint.MaxValue if the kernel does not say.</summary>
    public uint RoundTripUs => TcpSocket.RoundTripMicroseconds(_fd);

    /// <summary>0 if the kernel does not say.</summary>
    public uint LeastRoundTripUs => TcpSocket.LeastRoundTripMicroseconds(_fd);

    /// <summary>Bytes that have reached the peer's kernel since the lane was opened, roughly.</summary>
    public long DeliveredBytes => TcpSocket.DeliveredBytes(_fd);

    /// <summary>The same since the last call.</summary>
    public long TakeDelivered()
    {
        long delivered = DeliveredBytes, since = Math.Max(0, delivered - _takenDelivered);
        _takenDelivered = delivered;
        return since;
    }

    public void OnReady(bool readable, bool writable)
    {
        if (writable)
        {
            _isFull = false;
            if (_waitsToWrite) _link.MarkDirty(this);
        }

        if (readable) Receive();
    }

    /// <summary>Closes the connection; frames that the peer may not have go back to the link.</summary>
    public void Close()
    {
        if (!IsOpen) return;
        _network.Loop.Poller.Remove(_slot);
        Libc.Close(_fd);
        _fd = -1;
        ForsakeReceive();
        ReturnFrames();
        NativeBlock.Free(_staging);
        NativeBlock.Free((byte*)_headers);
    }

    public void Abandon(object owner)
    {
        if (!IsOpen) return;
        AbandonReceive(owner);
        AbandonSend(owner);
    }

    /// <summary>
    /// Lets a far lane's kernel hold what it sends in <see cref="AheadMs"/> of what it may not send yet: less would leave it with nothing while
    /// this process waits for its turn on a busy machine, more would wait behind a slow lane while others are idle.
    /// </summary>
    public void LimitUnsent(long nowMs)
    {
        if (!IsFar || nowMs - _limitedMs < LimitEveryMs) return;
        long limit = Math.Clamp((_writtenBytes - _limitedBytes) * AheadMs / (nowMs - _limitedMs), LeastUnsentBytes, MostUnsentBytes);
        (_limitedMs, _limitedBytes) = (nowMs, _writtenBytes);
        if (limit < _unsentLimit / 4 * 3 || limit > _unsentLimit / 4 * 5) TcpSocket.LimitUnsent(_fd, _unsentLimit = (int)limit);
    }

    /// <summary>Asks the other end for more lanes, with the next frame.</summary>
    public void Ask()
    {
        _asks = true;
        _link.MarkDirty(this);
    }

    private void Fail(Fault fault) => _link.LaneFailed(this, fault);

    private void WaitToWrite(bool wait)
    {
        if (_waitsToWrite == wait) return;
        _waitsToWrite = wait;
        _network.Loop.Poller.Watch(_slot, read: true, write: wait);
    }

    private Fault SystemFault(string call)
    {
        int errno = Libc.Errno;
        return new Fault(Status.PeerLost, $"{call} on lane {Index} of the link to member {_link.Peer} at {_link.Address}: {Libc.ErrorText(errno)}");
    }
}
