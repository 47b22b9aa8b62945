namespace Collectives.Communication.Operations;

/// <summary>
/// What an operation knows of each rank in its current run: whether that member has begun the run too, what it has
/// been sent unasked until then, and whether the operation stands in its queue.
/// </summary>
internal sealed class RankMarks
{
    private bool[] _hasBegun = [];
    private bool[] _isReady = [];
    private long[] _unasked = [];

    public void Begin(int world)
    {
        if (_hasBegun.Length < world)
        {
            _hasBegun = new bool[world];
            _isReady = new bool[world];
            _unasked = new long[world];
            return;
        }

        Array.Clear(_hasBegun);
        Array.Clear(_isReady);
        Array.Clear(_unasked);
    }

    /// <summary>The member has begun: what it was sent unasked counts no more. False if that was known.</summary>
    public bool NoteBegun(Epoch epoch, int rank)
    {
        if (_hasBegun[rank]) return false;
        _hasBegun[rank] = true;
        ReturnCredit(epoch, rank);
        return true;
    }

    /// <summary>Whether the member may be sent so much; if it has not begun yet, it is counted as unasked.</summary>
    public bool TryCharge(Epoch epoch, int rank, int bytes)
    {
        if (_hasBegun[rank]) return true;
        Peer peer = epoch.Peers[rank]!;
        if (!peer.MaySend(bytes)) return false;
        peer.Unasked += bytes;
        _unasked[rank] += bytes;
        return true;
    }

    /// <summary>False if the operation stands in the member's queue already.</summary>
    public bool MarkReady(int rank)
    {
        if (_isReady[rank]) return false;
        _isReady[rank] = true;
        return true;
    }

    public void MarkIdle(int rank) => _isReady[rank] = false;

    /// <summary>The run is over: takes the operation out of all queues.</summary>
    public void End(Epoch epoch, Operation operation)
    {
        for (int rank = 0; rank < epoch.World; rank++)
        {
            if (epoch.Peers[rank] is not { } peer) continue;
            ReturnCredit(epoch, rank);
            if (_isReady[rank]) peer.Forget(operation);
            _isReady[rank] = false;
        }
    }

    private void ReturnCredit(Epoch epoch, int rank)
    {
        long bytes = _unasked[rank];
        _unasked[rank] = 0;
        epoch.Peers[rank]!.GiveCredit(bytes);
    }
}
