namespace Collectives.Communication.Operations;

/// <summary>
/// Operations that have segments for one member, and whose turn it is. The one with the highest priority goes first, and of
/// those that are alike the one with the least left to send, so
/// that a small one does not wait for a large one, and of equals the one that was called first: sharing a slow line equally
/// would end them all at the same time, and leave it idle while the last segments of all of them are on their way. So that
/// none waits for ever, every eighth turn is that of the one which has waited longest.
/// </summary>
internal sealed class SendQueue
{
    private const int LongestWaitingEvery = 8;

    /// <summary>Of more than these the first come first: finding the smallest must not cost more than sending it.</summary>
    private const int Window = 128;

    private readonly List<Entry> _waiting = new(16);
    private int _turn;

    private readonly record struct Entry(IFrameSource Source, int Priority, long BytesLeft, ulong Order);

    public int Count => _waiting.Count;

    /// <param name="bytesLeft">What it has still to send to the member, roughly.</param>
    /// <param name="order">Its place among the calls.</param>
    public void Add(IFrameSource source, long bytesLeft, ulong order) => _waiting.Add(new Entry(source, source.Priority, bytesLeft, order));

    /// <summary>Takes out the one whose turn it is; there must be one.</summary>
    public IFrameSource Take()
    {
        int best = 0;
        if (++_turn % LongestWaitingEvery != 0)
        {
            for (int i = 1; i < Math.Min(_waiting.Count, Window); i++)
            {
                if (IsBefore(_waiting[i], _waiting[best])) best = i;
            }
        }

        IFrameSource source = _waiting[best].Source;
        _waiting.RemoveAt(best);
        return source;
    }

    public void Remove(IFrameSource source)
    {
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(_waiting[i].Source, source)) _waiting.RemoveAt(i);
        }
    }

    private static bool IsBefore(in Entry one, in Entry other)
    {
        if (one.Priority != other.Priority) return one.Priority > other.Priority;
        return one.BytesLeft < other.BytesLeft || (one.BytesLeft == other.BytesLeft && one.Order < other.Order);
    }
}
