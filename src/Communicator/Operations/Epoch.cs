using System.Collections.Immutable;
using Collectives.Membership;
using Collectives.Transport;

namespace Collectives.Communication.Operations;

/// <summary>
/// A roster seen from this member, with the links to the others. Operations keep the epoch that they began in, so it
/// lives on after the next one has become active, until the last of them ends. When it loses members they go on in
/// the epoch that <see cref="Without"/> makes of it.
/// </summary>
internal sealed class Epoch
{
    private readonly Dictionary<Peer, int> _ranks = [];
    private int _openOperations;

    public Epoch(Roster roster, MemberId self)
        : this(roster, self, new Lineage(roster.Epoch))
    {
    }

    private Epoch(Roster roster, MemberId self, Lineage lineage)
    {
        Roster = roster;
        Lineage = lineage;
        Number = roster.Epoch;
        World = roster.World;
        Rank = roster.RankOf(self);
        Peers = new Peer?[World];
        IsOneHost = roster.Members.All(member => member.Host == roster[0].Host);
    }

    public Roster Roster { get; }
    public Lineage Lineage { get; }
    public ulong Number { get; }
    public int Rank { get; }
    public int World { get; }

    /// <summary>Whether all members are dialed at the same address, which is most likely one machine.</summary>
    public bool IsOneHost { get; }

    /// <summary>By rank; null for this member itself and for members without a link.</summary>
    public Peer?[] Peers { get; }

    /// <summary>
    /// Its operations stand still until it is settled how they go on, in an epoch of this number at least; 0: they run.
    /// </summary>
    public ulong FrozenFor { get; set; }

    public bool IsFrozen => FrozenFor != 0;

    /// <summary>The least epoch in which operations of the lineage can still be run.</summary>
    public ulong Least => Math.Max(Number, FrozenFor);

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

    /// <summary>The members that are left, in the order of their ranks, as an epoch of that number. Its links are still to be attached.</summary>
    public Epoch Without(IReadOnlySet<MemberId> lost, ulong number)
    {
        ImmutableArray<RosterMember> left = [.. Roster.Members.Where(member => !lost.Contains(member.Id))];
        return new Epoch(Roster with { Epoch = number, Members = left }, Roster[Rank].Id, Lineage);
    }

    /// <summary>"member 2 (8f3a..., 10.0.0.7:4000)": how messages name a member.</summary>
    public string Describe(int rank)
    {
        RosterMember member = Roster[rank];
        return $"member {rank} ({member.Id}, {HostPort.Join(member.Host, member.Port)})";
    }
}
