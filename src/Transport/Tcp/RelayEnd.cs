using Collectives.Transport.Interop;
using Collectives.Transport.Memory;
using Collectives.Transport.Progress;

namespace Collectives.Transport.Tcp;

/// <summary>
/// One of two connections that are passed on to each other, or one that waits for the other. What it receives stays in a buffer of
/// fixed size until the other end takes it; while that is full nothing more is read, so that a slow receiver slows its sender down
/// as it would without a relay.
/// </summary>
internal sealed unsafe class RelayEnd : IPollable
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Others get their turn after this many bytes.</summary>
    private const int TurnBytes = 256 * 1024;

    private readonly RelayStation _station;
    private readonly EpollPoller _poller;
    private readonly byte* _buffer = NativeBlock.Allocate(BufferBytes);
    private readonly int _fd;
    private readonly int _slot;
    private RelayEnd? _other;
    private int _start;
    private int _end;
    private bool _hasEnded;
    private bool _isBlocked;
    private (bool Read, bool Write) _watched = (true, false);
    private bool _isClosed;

    public RelayEnd(RelayStation station, EpollPoller poller, int fd, MemberId member, RelayPair pair)
    {
        (_station, _poller, _fd, Member, Pair) = (station, poller, fd, member, pair);
        _slot = poller.Add(fd, this, write: false);
    }

    public MemberId Member { get; }

    public RelayPair Pair { get; }

    /// <summary>From now on each gets what the other one receives.</summary>
    public void Join(RelayEnd other)
    {
        (_other, other._other) = (other, this);
        PassOn();
        other.PassOn();
    }

    public void OnReady(bool readable, bool writable)
    {
        if (writable) _other?.PassOn();
        if (!readable || _isClosed) return;
        // Nothing is to be read then, so that it can only have broken.
        if (IsFull) End();
        else Receive();
    }

    public void Close()
    {
        if (_isClosed) return;
        _isClosed = true;
        if (!_hasEnded) _poller.Remove(_slot);
        Libc.Close(_fd);
        NativeBlock.Free(_buffer);
        _station.Forget(this);
        _other?.Close();
    }

    private bool IsFull => _end == BufferBytes;

    private void Receive()
    {
        for (int turn = 0; turn < TurnBytes && !IsFull && !_hasEnded && !_isClosed;)
        {
            nint got = Libc.Receive(_fd, _buffer + _end, (nuint)(BufferBytes - _end), Libc.MsgDontWait);
            if (got < 0 && Libc.Errno == Libc.ErrInterrupted) continue;
            if (got < 0 && Libc.Errno == Libc.ErrAgain) break;
            if (got <= 0)
            {
                End();
                return;
            }

            _end += (int)got;
            turn += (int)got;
            PassOn();
        }

        if (!_isClosed && !_hasEnded) Watch();
    }

    /// <summary>Nothing more comes from here; what has come still leaves.</summary>
    private void End()
    {
        _hasEnded = true;
        _poller.Remove(_slot);
        if (_other is null) Close();
        else PassOn();
    }

    private void PassOn()
    {
        if (_isClosed) return;
        while (_other is { _hasEnded: false } other && _start < _end)
        {
            nint sent = Libc.Send(other._fd, _buffer + _start, (nuint)(_end - _start), Libc.MsgNoSignal | Libc.MsgDontWait);
            if (sent < 0 && Libc.Errno == Libc.ErrInterrupted) continue;
            if (sent < 0 && Libc.Errno == Libc.ErrAgain)
            {
                other.WaitToWrite(true);
                if (!_hasEnded) Watch();
                return;
            }

            if (sent < 0)
            {
                Close();
                return;
            }

            _start += (int)sent;
        }

        // Who has gone takes nothing more.
        if (_other is { _hasEnded: true }) _start = _end;
        if (_start == _end)
        {
            _start = _end = 0;
            if (_hasEnded)
            {
                Close();
                return;
            }

            _other?.WaitToWrite(false);
        }

        if (!_hasEnded) Watch();
    }

    private void WaitToWrite(bool wait)
    {
        if (_isBlocked == wait || _hasEnded) return;
        _isBlocked = wait;
        Watch();
    }

    private void Watch()
    {
        if (_watched == (!IsFull, _isBlocked)) return;
        _watched = (!IsFull, _isBlocked);
        _poller.Watch(_slot, _watched.Read, _watched.Write);
    }
}
