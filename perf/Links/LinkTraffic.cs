using System.Diagnostics;
using Collectives.Transport;
using Collectives.Transport.Progress;
using Collectives.Transport.Wire;

namespace Collectives.Perf.Links;

/// <summary>
/// What stands above a link instead of the operations: it has segments for the lanes whenever they ask, and says
/// where those that arrive belong. Belongs to the loop.
/// </summary>
internal sealed unsafe class LinkTraffic(SegmentBuffers buffers, ProgressLoop loop, Completion up, Completion ended) : ILinkClient
{
    private Exchange _exchange;
    private ILink? _link;
    private List<double> _roundTrips = [];
    private bool _leads;
    private bool _running;
    private ulong _run;
    private int _sent;
    private int _toSend;
    private int _received;
    private int _toReceive;
    private int _pings;
    private bool _heardDone;
    private long _pingedAt;

    public void Begin(ILink link, in Exchange exchange, bool leads, ulong run, List<double> roundTrips)
    {
        (_link, _exchange, _leads, _run, _roundTrips) = (link, exchange, leads, run, roundTrips);
        _sent = _received = _pings = 0;
        _toSend = leads ? exchange.There : 0;
        _toReceive = leads ? exchange.Back : exchange.There;
        _heardDone = false;
        _running = true;
        loop.Busy++;
        if (!leads) return;
        if (exchange.PingPongs > 0)
        {
            Ping();
            return;
        }

        Post(FrameKind.Begin);
        if (_toReceive == 0) Post(FrameKind.Done);
        link.Wake();
    }

    public bool TryTake(ILink link, ref OutgoingFrame frame)
    {
        if (_sent >= _toSend) return false;
        frame = Frame(FrameKind.Segment);
        frame.Header.Phase = SegmentPhase.Result;
        frame.Header.Chunk = (uint)_sent;
        frame.Header.Length = SegmentBuffers.SegmentBytes;
        frame.Payload = buffers.SourceAddress(_sent);
        frame.Owner = this;
        _sent++;
        return true;
    }

    public Placement Place(ILink link, in FrameHeader header)
    {
        if (header.Kind != FrameKind.Segment) return Placement.Discard;
        if (header.Length != SegmentBuffers.SegmentBytes) return Placement.Refuse($"a segment of {header.Length} bytes, expected {SegmentBuffers.SegmentBytes}");
        return new Placement { Destination = buffers.DestinationAddress(header.Chunk), Lease = OutgoingFrame.NoLease, Owner = this };
    }

    public void Arrive(ILink link, in FrameHeader header, in Placement placement)
    {
        // Lanes overtake each other: the beginning of a one-way exchange may come when that has ended.
        if (header.Operation != _run) return;
        if (_exchange.PingPongs > 0)
        {
            if (_leads) Pong();
            else Answer();
            return;
        }

        switch (header.Kind)
        {
            case FrameKind.Segment:
                if (++_received == _toReceive) Post(FrameKind.Done);
                break;
            case FrameKind.Begin:
                _toSend = _exchange.Back;
                link.Wake();
                break;
            case FrameKind.Done:
                _heardDone = true;
                break;
        }

        if (_heardDone && _received == _toReceive && _sent == _toSend) End();
    }

    public void Forsake(in Placement placement) { }

    public bool IsWanted(in OutgoingFrame frame) => frame.Header.Operation == _run;

    public void Retire(in OutgoingFrame frame) { }

    public void LinkUp(ILink link) => loop.End(up);

    /// <summary>The other process closes its half first at the end.</summary>
    public void LinkDown(ILink link)
    {
        if (_running) throw new InvalidOperationException($"the link to {link.Address} broke in exchange {_run}");
    }

    public void LinkLost(ILink link, Fault fault)
    {
        if (_running) throw new InvalidOperationException(fault.Message);
    }

    private void Ping()
    {
        _pingedAt = Stopwatch.GetTimestamp();
        Post(FrameKind.Begin);
    }

    private void Pong()
    {
        _roundTrips.Add(Stopwatch.GetElapsedTime(_pingedAt).TotalSeconds);
        if (++_pings < _exchange.PingPongs) Ping();
        else End();
    }

    private void Answer()
    {
        Post(FrameKind.Begin);
        if (++_pings == _exchange.PingPongs) End();
    }

    private void End()
    {
        _running = false;
        loop.Busy--;
        loop.End(ended);
    }

    private void Post(FrameKind kind) => _link!.Post(Frame(kind));

    private OutgoingFrame Frame(FrameKind kind)
    {
        OutgoingFrame frame = new() { Lease = OutgoingFrame.NoLease };
        frame.Header.Kind = kind;
        frame.Header.Operation = _run;
        return frame;
    }
}
