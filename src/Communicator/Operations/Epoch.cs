using Collectives.Membership;
using Collectives.Transport;

namespace Collectives.Communication.Operations;

/// <summary>
/// A roster seen from this member, with the links to the others. Operations keep the epoch that they began in,
/// so it lives on after the next one has become active, until the last of them ends.
/// </summary>
internal sealed class Epoch
{
    private readonly Dictionary<Peer, int> _ranks = [];
    private int _openOperations;

    public Epoch(Roster roster, MemberId self)
    {
        Roster = roster;
        Number = roster.Epoch;
        World = roster.World;
        Rank = roster.RankOf(self);
        Peers = new Peer?[World];
        IsOneHost = roster.Members.All(member => member.Host == roster[0].Host);
    }

    public Roster Roster { get; }
    public ulong Number { get; }
    public int Rank { get; }
    public int World { get; }

    /// <summary>Whether all members are dialed at the same address, which is most likely one machine.</summary>
    public bool IsOneHost { get; }

    /// <summary>By rank; null for this member itself and for members without a link.</summary>
    public Peer?[] Peers { get; }

    /// <summary>Untagged operations begun so far; the next one's number.</summary>
    public ulong NextNumber { get; set; }

    /// <summary>Occurrences so far of each tag.</summary>
    public Dictionary<uint, uint> TagOccurrences { get; } = [];

    /// <summary>Operations that began in this epoch and have not ended.</summary>
    public int OpenOperations
    {
        get => _openOperations;
        set
        {
            _openOperations = value;
            if (value == 0) WhenIdle?.Invoke();
        }
    }

    /// <summary>Called when the last operation of an epoch that is over has ended.</summary>
    public Action? WhenIdle { get; set; }

    public void Attach(int rank, Peer peer)
    {
        Peers[rank] = peer;
        _ranks[peer] = rank;
    }

    /// <summary>-1: not a member of this epoch.</summary>
    public int RankOf(Peer peer) => _ranks.TryGetValue(peer, out int rank) ? rank : -1;

    /// <summary>"member 2 (8f3a..., 10.0.0.7:4000)": how messages name a member.</summary>
    public string Describe(int rank)
    {
        RosterMember member = Roster[rank];
        string host = member.Host.Contains(':') ? $"[{member.Host}]" : member.Host;
        return $"member {rank} ({member.Id}, {host}:{member.Port})";
    }

    /// <summary>Whether that operation has begun here already (and, if it isn't open, has ended).</summary>
    public bool HasBegun(OperationKey key) => key.IsTagged
        ? TagOccurrences.TryGetValue(key.Tag, out uint next) && key.Occurrence < next
        : key.Number < NextNumber;
}
