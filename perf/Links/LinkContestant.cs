using System.Net;
using Collectives.Transport;
using Collectives.Transport.Progress;
using Collectives.Transport.Tcp;

namespace Collectives.Perf.Links;

/// <summary>The library's own: one link of so many lanes, moved by the thread that waits.</summary>
internal sealed class LinkContestant : IContestant
{
    private const long TimeoutMs = 60_000;

    private readonly ProgressLoop _loop;
    private readonly TcpNetwork _network;
    private readonly LinkTraffic _traffic;
    private readonly Completion _up = new();
    private readonly Completion _ended = new();
    private ILink? _link;

    public LinkContestant(SegmentBuffers buffers, bool leads, int lanes, int spinUs)
    {
        Throw(ProgressLoop.Create($"links-{lanes}", spinUs, out ProgressLoop? loop));
        _loop = loop!;
        _traffic = new LinkTraffic(buffers, _loop, _up, _ended);
        LaneSettings settings = new() { LanesPerLink = lanes, CongestionControl = SocketContestant.CongestionControl };
        Throw(TcpNetwork.Create(_loop, _traffic, Id(leads), group: 1, token: [], new IPEndPoint(IPAddress.Loopback, 0), settings, out TcpNetwork? network));
        _network = network!;
    }

    public int Port => _network.Port;

    public void Connect(bool leads, int port)
    {
        _loop.Post(new Message(() => _link = _network.Open(Id(!leads), IPAddress.Loopback.ToString(), port)));
        Wait(_up, "the link to come up");
    }

    public void Run(in Exchange exchange, bool leads, ulong run, List<double> roundTrips, Action ready)
    {
        Exchange begun = exchange;
        _ended.Reset();
        if (leads)
        {
            _loop.Post(new Message(() => _traffic.Begin(_link!, begun, leads, run, roundTrips)), thenWait: true);
        }
        else
        {
            using Completion prepared = new();
            _loop.Post(new Message(() =>
            {
                _traffic.Begin(_link!, begun, leads, run, roundTrips);
                _loop.End(prepared);
            }));
            Wait(prepared, $"exchange {run} to be prepared");
            ready();
        }

        Wait(_ended, $"exchange {run} to end");
    }

    public void Dispose()
    {
        using Completion closed = new();
        _loop.Post(new Message(() =>
        {
            _network.Dispose();
            _loop.End(closed);
        }));
        Wait(closed, "the network to close");
        _loop.Dispose();
        _up.Dispose();
        _ended.Dispose();
    }

    private void Wait(Completion completion, string what)
    {
        if (!_loop.Wait(completion, TimeoutMs)) throw new TimeoutException($"waited {TimeoutMs} ms for {what}");
    }

    /// <summary>The smaller id dials.</summary>
    private static MemberId Id(bool leads) => new(leads ? 1UL : 2UL, 0);

    private static void Throw(Fault fault)
    {
        if (!fault.IsNone) throw new InvalidOperationException(fault.Message);
    }

    private sealed class Message(Action action) : ILoopMessage
    {
        public void Run() => action();
    }
}
