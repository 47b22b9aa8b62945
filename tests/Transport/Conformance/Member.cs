using System.Net;
using Collectives.Transport.InProcess;
using Collectives.Transport.Progress;
using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Faults;

namespace Collectives.Transport.Tests.Conformance;

/// <summary>A loop, a network and a postbox. The test's thread reaches them through <see cref="OnLoop"/> and <see cref="Until"/>.</summary>
internal sealed class Member : IDisposable
{
    public static readonly byte[] Token = "secret"u8.ToArray();

    private const int LimitMs = 60_000;

    private readonly List<(Func<bool> Condition, Completion Met)> _awaited = [];

    private Member(MemberId id, Func<Member, INetwork> connect)
    {
        Id = id;
        Fault fault = ProgressLoop.Create("test-progress", 20, out ProgressLoop? loop);
        Assert.True(fault.IsNone, fault.Message);
        Loop = loop!;
        Network = connect(this);
        Loop.AddFlush(LookAtConditions);
    }

    public MemberId Id { get; }
    public ProgressLoop Loop { get; }
    public INetwork Network { get; }
    public Postbox Postbox { get; } = new();

    public static Member OverTcp(MemberId id, LaneSettings lanes, IPAddress? address = null) => new(id, member =>
    {
        Fault fault = TcpNetwork.Create(member.Loop, member.Postbox, id, 0, Token, new IPEndPoint(address ?? IPAddress.Loopback, 0),
            lanes, out TcpNetwork? network);
        Assert.True(fault.IsNone, fault.Message);
        return network!;
    });

    public static Member InProcess(MemberId id, InProcessFabric fabric) =>
        new(id, member => new InProcessNetwork(member.Loop, member.Postbox, id, fabric));

    public ILink Open(Member peer, int? port = null, string host = "127.0.0.1") =>
        OnLoop(() => Network.Open(peer.Id, host, port ?? peer.Network.Port));

    /// <summary>Runs on the loop, and returns when it has.</summary>
    public T OnLoop<T>(Func<T> function)
    {
        T result = default!;
        Exception? failure = null;
        using Completion done = new();
        Loop.Post(new Message(() =>
        {
            failure = Record.Exception(() => result = function());
            Loop.End(done);
        }));
        Assert.True(Loop.Wait(done, LimitMs), "the loop did not run a message");
        return failure is null ? result : throw new AggregateException(failure);
    }

    public void OnLoop(Action action) => OnLoop(() =>
    {
        action();
        return 0;
    });

    /// <summary>The kernel's number of the loop's own thread.</summary>
    public int LoopThread()
    {
        int thread = 0;
        Loop.PostLater(new Message(() => Volatile.Write(ref thread, Resources.CallingThread)));
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref thread) != 0, LimitMs));
        return thread;
    }

    /// <summary>Drives the loop until the condition, looked at after each pass, holds.</summary>
    public void Until(Func<bool> condition, string what, int limitMs = LimitMs)
    {
        using Completion met = new();
        OnLoop(() => _awaited.Add((condition, met)));
        bool ended = Loop.Wait(met, limitMs);
        OnLoop(() => _awaited.RemoveAll(item => ReferenceEquals(item.Met, met)));
        Assert.True(ended, $"{what}: not within {limitMs} ms; {OnLoop(Describe)}");
    }

    /// <summary>All that was taken has come back, and what arrived is what was sent.</summary>
    public void CheckBooks()
    {
        Until(() => Postbox.Taken == Postbox.Retired, "every frame is retired");
        OnLoop(() =>
        {
            Assert.Empty(Postbox.Wrong);
            Assert.Equal(0, Postbox.Outgoing.Leased);
            Assert.Equal(0, Postbox.Incoming.Leased);
        });
    }

    public void Dispose()
    {
        OnLoop(Network.Dispose);
        Loop.Dispose();
        Postbox.Dispose();
    }

    private string Describe() =>
        $"taken {Postbox.Taken}, retired {Postbox.Retired}, arrived {Postbox.Arrived.Count}, up {Postbox.Ups}, down {Postbox.Downs}, "
        + $"lost [{string.Join("; ", Postbox.Lost.Select(lost => lost.Fault.Message))}], wrong [{string.Join("; ", Postbox.Wrong.Take(3))}]";

    private void LookAtConditions()
    {
        for (int i = _awaited.Count - 1; i >= 0; i--)
        {
            if (!_awaited[i].Condition()) continue;
            Completion met = _awaited[i].Met;
            _awaited.RemoveAt(i);
            Loop.End(met);
        }
    }

    private sealed class Message(Action action) : ILoopMessage
    {
        public void Run() => action();
    }
}
