using Collectives.Transport;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// Another member as operations see it: its link, the operations that have segments for it, and how much it has
/// been sent that it did not ask for.
///
/// A member that has not begun an operation must hold what comes for it. So that it needs a bounded amount of
/// memory for that, at most <see cref="EagerBytes"/> are sent to it for operations that it is not known to have
/// begun; any frame from it for an operation shows that it has.
/// </summary>
internal sealed class Peer(MemberId id, ILink link)
{
    public const long EagerBytes = 1 << 20;

    private readonly SendQueue _ready = new();
    private readonly List<Operation> _blocked = [];

    public MemberId Id { get; } = id;

    public ILink Link { get; } = link;

    /// <summary>Epochs that use the link.</summary>
    public int Uses { get; set; }

    /// <summary>Bytes sent for operations that the peer is not known to have begun.</summary>
    public long Unasked { get; set; }

    /// <summary>Bytes and frames held for operations that this member has not begun.</summary>
    public long EarlyBytes { get; set; }

    public int EarlyFrames { get; set; }

    public bool MaySend(int bytes) => Unasked + bytes <= EagerBytes;

    public void MakeReady(IFrameSource source)
    {
        MakeReadyAgain(source);
        Link.Wake();
    }

    /// <summary>It has just been asked for a frame and has another one: the lane that asked will ask again.</summary>
    public void MakeReadyAgain(IFrameSource source) => _ready.Add(source, source.BytesLeftFor(this), source.Order);

    /// <summary>The next frame for this member, if any operation has one.</summary>
    public bool TryTake(ref OutgoingFrame frame)
    {
        while (_ready.Count > 0)
        {
            if (_ready.Take().TryTake(this, ref frame)) return true;
        }

        return false;
    }

    public void Block(Operation operation) => _blocked.Add(operation);

    /// <summary>The peer has begun an operation, or the operation has ended: its unasked bytes count no more.</summary>
    public void GiveCredit(long bytes)
    {
        Unasked -= bytes;
        if (bytes == 0 || _blocked.Count == 0) return;
        foreach (Operation operation in _blocked) MakeReadyAgain(operation);
        _blocked.Clear();
        Link.Wake();
    }

    /// <summary>The peer has begun the operation, to which no limit applies any more.</summary>
    public void Unblock(Operation operation)
    {
        if (_blocked.Count > 0 && _blocked.Remove(operation)) MakeReady(operation);
    }

    /// <summary>The operation has ended; it must not be asked for segments again.</summary>
    public void Forget(IFrameSource source)
    {
        if (source is Operation operation) _blocked.Remove(operation);
        _ready.Remove(source);
    }
}
