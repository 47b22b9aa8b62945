using System.Net;
using Collectives.Algorithms.Reduction;
using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Transport;
using Collectives.Transport.InProcess;
using Collectives.Transport.Progress;
using Collectives.Transport.Tcp;

namespace Collectives.Communication.Tests.Support;

/// <summary>A member without a coordinator: loop, engine and network, with a roster that the test gives it.</summary>
internal sealed unsafe class Member : ILinkListener, IDisposable
{
    private readonly Completion _linksUp = new();
    private Epoch? _epoch;

    public Member(InProcessFabric? fabric, int scratchBlocks, LaneSettings lanes)
    {
        Assert.True(ProgressLoop.Create("test-progress", 20, out ProgressLoop? loop).IsNone);
        Loop = loop!;
        Engine = new OperationEngine(Loop, scratchBlocks, reservedBlocks: 64) { LinkListener = this };
        if (fabric is not null)
        {
            Network = new InProcessNetwork(Loop, Engine, Id, fabric);
        }
        else
        {
            Fault fault = TcpNetwork.Create(Loop, Engine, Id, 0, "secret"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, 0), lanes, out TcpNetwork? network);
            Assert.True(fault.IsNone, fault.Message);
            Network = network!;
        }
    }

    public MemberId Id { get; } = MemberId.Draw();
    public ProgressLoop Loop { get; }
    public OperationEngine Engine { get; }
    public INetwork Network { get; }
    public Fault Lost { get; private set; }

    /// <summary>Runs on the loop, and returns when it has.</summary>
    public void OnLoop(Action action)
    {
        using Completion done = new();
        Loop.Post(new Message(() =>
        {
            action();
            Loop.End(done);
        }));
        Assert.True(Loop.Wait(done, 10_000));
    }

    public void Open(Roster roster) => OnLoop(() =>
    {
        _epoch = new Epoch(roster, Id);
        for (int rank = 0; rank < roster.World; rank++)
        {
            if (rank == _epoch.Rank) continue;
            RosterMember member = roster[rank];
            _epoch.Attach(rank, Engine.PeerOf(member.Id, Network.Open(member.Id, member.Host, member.Port)));
        }

        CheckUp();
    });

    public void Activate()
    {
        Assert.True(Loop.Wait(_linksUp, 10_000), "links did not come up");
        OnLoop(() => Engine.Activate(_epoch!));
    }

    public Work Start(void* send, void* receive, ulong count, DataType type, ReduceOp op, OperationOptions options) =>
        Start(new CollectiveCall { Collective = Collective.AllReduce, Send = (byte*)send, Receive = (byte*)receive, Count = count, Type = type, Op = op }, options);

    public Work Start(in CollectiveCall call, OperationOptions options)
    {
        Work work = Engine.Works.Get();
        work.Prepare(Engine, call, _epoch!.Lineage.Slots, options, options.DeadlineMs == 0 ? 20_000 : options.DeadlineMs);
        Loop.Post(work);
        return work;
    }

    public void LinkUp(Peer peer) => CheckUp();

    public void LinkDown(Peer peer)
    {
    }

    public void LinkLost(Peer peer, Fault fault)
    {
        Lost = fault;
        Engine.Close(fault);
        Engine.Remove(peer);
    }

    public void KeepsWaiting(Epoch epoch, int rank, string text)
    {
    }

    public void IsLate(Operation operation, LatePolicy policy, string text)
    {
    }

    public void CannotStay(Fault fault) => Engine.Close(fault);

    public void Dispose()
    {
        OnLoop(() => Engine.Close(new Fault(Status.Aborted, "the test is over")));
        OnLoop(() =>
        {
            foreach (Peer? peer in Engine.Peers)
            {
                if (peer is not null) Network.Close(peer.Link);
            }

            Network.Dispose();
        });
        Loop.Dispose();
        Engine.Dispose();
        _linksUp.Dispose();
    }

    private void CheckUp()
    {
        if (_epoch is not null && _epoch.Peers.All(peer => peer is null || peer.Link.IsUp)) Loop.End(_linksUp);
    }

    private sealed class Message(Action action) : ILoopMessage
    {
        public void Run() => action();
    }
}
