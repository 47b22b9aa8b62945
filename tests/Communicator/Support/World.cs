using System.Collections.Immutable;
using Collectives.Algorithms.Reduction;
using Collectives.Membership;
using Collectives.Transport;
using Collectives.Transport.InProcess;
using Collectives.Transport.Tcp;

namespace Collectives.Communication.Tests.Support;

/// <summary>Members in one process, linked over one of the transports, each called from a thread of its own.</summary>
internal sealed unsafe class World : IDisposable
{
    /// <param name="reach">The port that the others are told to reach a member at; none: its own.</param>
    /// <param name="rings">In which order the members send; none: in the order of ranks.</param>
    public World(int size, bool inProcess, int scratchBlocks = 32, int lanes = 1, int reconnectMs = 3000, Func<Member, int>? reach = null,
        ImmutableArray<RosterRing>? rings = null)
    {
        InProcessFabric? fabric = inProcess ? new InProcessFabric() : null;
        LaneSettings settings = new() { LanesPerLink = lanes, ReconnectMs = reconnectMs };
        Members = [.. Enumerable.Range(0, size).Select(_ => new Member(fabric, scratchBlocks, settings))];
        Roster roster = new(1, [.. Members.Select(member => new RosterMember(member.Id, "127.0.0.1", reach?.Invoke(member) ?? member.Network.Port))], 0) { Rings = rings ?? [] };
        foreach (Member member in Members) member.Open(roster);
        foreach (Member member in Members) member.Activate();
    }

    public ImmutableArray<Member> Members { get; }

    /// <summary>One thread per member; the first exception of any of them is the test's.</summary>
    public void Each(Action<int, Member> action)
    {
        Exception?[] failures = new Exception?[Members.Length];
        Thread[] threads = [.. Members.Select((member, rank) => new Thread(() =>
        {
            try
            {
                action(rank, member);
            }
            catch (Exception failure)
            {
                failures[rank] = failure;
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) Assert.True(thread.Join(60_000), "a member did not return");
        if (Array.Find(failures, failure => failure is not null) is { } first) throw new AggregateException(first);
    }

    /// <summary>All members call alike; returns what each was told.</summary>
    public Fault[] AllReduce(Buffers buffers, DataType type, ReduceOp op, OperationOptions options)
    {
        Fault[] faults = new Fault[Members.Length];
        Each((rank, member) =>
        {
            using Work work = member.Start(buffers.Send(rank), buffers.Receive(rank), (ulong)buffers.Count, type, op, options);
            faults[rank] = work.Wait(30_000, out _);
        });
        return faults;
    }

    public void Dispose()
    {
        foreach (Member member in Members) member.Dispose();
    }
}
