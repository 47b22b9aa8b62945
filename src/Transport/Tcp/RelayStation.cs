using Collectives.Transport.Handshake;
using Collectives.Transport.Interop;
using Collectives.Transport.Progress;

namespace Collectives.Transport.Tcp;

/// <summary>
/// Passes on connections of members that can't reach each other, while both reach this one. Which ones, the coordinator says; they dial, prove
/// themselves, and the next connection of the other one is the other half. Each costs a descriptor and a buffer of fixed size.
/// </summary>
internal sealed class RelayStation(EpollPoller poller)
{
    private const int MostPairs = 256, MostConnections = 256, MostWaiting = 2 * Hello.MaxLanes;

    private readonly List<RelayPair> _pairs = [];
    private readonly List<RelayEnd> _ends = [];

    public void Allow(MemberId one, MemberId other)
    {
        if (_pairs.Exists(pair => pair.Joins(one, other))) return;
        if (_pairs.Count == MostPairs) Drop(_pairs[0]);
        _pairs.Add(new RelayPair(one, other));
    }

    /// <summary>Forgets pairs of which one is no such member any more. What has been connected is theirs to end.</summary>
    public void Retain(Func<MemberId, bool> isMember)
    {
        foreach (RelayPair pair in _pairs.Where(pair => !isMember(pair.One) || !isMember(pair.Other)).ToArray()) Drop(pair);
    }

    public RefusalCode Admit(in Hello hello) =>
        Find(hello) is { } pair && _ends.Count < MostConnections && pair.Waiting.Count < MostWaiting ? RefusalCode.None : RefusalCode.TryAgain;

    /// <summary>Takes over a connection that was admitted.</summary>
    public void Take(in Hello hello, int fd)
    {
        if (Find(hello) is not { } pair)
        {
            Libc.Close(fd);
            return;
        }

        MemberId member = hello.Member;
        RelayEnd end = new(this, poller, fd, member, pair);
        _ends.Add(end);
        int waiting = pair.Waiting.FindIndex(other => other.Member != member);
        if (waiting < 0)
        {
            pair.Waiting.Add(end);
            return;
        }

        RelayEnd found = pair.Waiting[waiting];
        pair.Waiting.RemoveAt(waiting);
        end.Join(found);
    }

    /// <summary>The end has closed.</summary>
    public void Forget(RelayEnd end)
    {
        _ends.Remove(end);
        end.Pair.Waiting.Remove(end);
    }

    public void Close()
    {
        while (_ends.Count > 0) _ends[^1].Close();
        _pairs.Clear();
    }

    private RelayPair? Find(in Hello hello)
    {
        (MemberId from, ulong halfOfOther) = (hello.Member, hello.Epoch);
        return _pairs.Find(pair => pair.Joins(from, halfOfOther));
    }

    private void Drop(RelayPair pair)
    {
        _pairs.Remove(pair);
        while (pair.Waiting.Count > 0) pair.Waiting[^1].Close();
    }
}
