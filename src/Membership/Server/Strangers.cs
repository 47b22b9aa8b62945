namespace Collectives.Membership.Server;

/// <summary>
/// Connections that have not proved themselves yet. They have five seconds and at most 256 places; when all are
/// taken the oldest makes room, since an honest handshake takes milliseconds and is never the oldest for long.
/// </summary>
internal sealed class Strangers
{
    public const int Max = 256;
    public const int HandshakeMs = 5000;

    private readonly LinkedList<ServerSession> _byAge = new();
    private readonly Dictionary<long, LinkedListNode<ServerSession>> _nodes = [];

    public int Count => _byAge.Count;

    public ServerSession? Oldest => _byAge.First?.Value;

    public long NextDue => Oldest is { } oldest ? oldest.AcceptedAt + HandshakeMs : long.MaxValue;

    public void Add(ServerSession session) => _nodes.Add(session.Number, _byAge.AddLast(session));

    public void Remove(ServerSession session)
    {
        if (_nodes.Remove(session.Number, out LinkedListNode<ServerSession>? node)) _byAge.Remove(node);
    }
}
