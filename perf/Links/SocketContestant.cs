using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Collectives.Transport.Wire;

namespace Collectives.Perf.Links;

/// <summary>
/// The baseline: one connection of System.Net.Sockets, a blocking thread for each direction. It sends the same
/// segments with the same sealed headers, and checks them, but remembers nothing for a second try.
/// </summary>
internal sealed class SocketContestant : IContestant
{
    public const string CongestionControl = "cubic";
    private const int TcpLevel = 6, CongestionOption = 13;
    private const int TimeoutMs = 60_000;

    private readonly SegmentBuffers _buffers;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _outgoing = GC.AllocateArray<byte>(FrameHeader.ByteCount, pinned: true);
    private readonly byte[] _incoming = GC.AllocateArray<byte>(FrameHeader.ByteCount, pinned: true);
    private readonly ArraySegment<byte>[] _gather = new ArraySegment<byte>[2];
    private Socket? _socket;

    public SocketContestant(SegmentBuffers buffers)
    {
        _buffers = buffers;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Connect(bool leads, int port)
    {
        if (leads)
        {
            _socket = _listener.Accept();
        }
        else
        {
            _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _socket.Connect(IPAddress.Loopback, port);
        }

        _socket.NoDelay = true;
        _socket.SendTimeout = _socket.ReceiveTimeout = TimeoutMs;
        _socket.SetRawSocketOption(TcpLevel, CongestionOption, Encoding.ASCII.GetBytes(CongestionControl));
    }

    public void Run(in Exchange exchange, bool leads, ulong run, List<double> roundTrips, Action ready)
    {
        if (!leads) ready();
        if (exchange.PingPongs > 0) PingPong(exchange.PingPongs, leads, run, roundTrips);
        else if (leads) Stream(exchange.There, exchange.Back, run, leads);
        else Stream(exchange.Back, exchange.There, run, leads);
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _listener.Dispose();
    }

    private void PingPong(int count, bool leads, ulong run, List<double> roundTrips)
    {
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            if (leads) Send(FrameKind.Begin, run);
            Expect(FrameKind.Begin, run);
            if (leads) roundTrips.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            else Send(FrameKind.Begin, run);
        }
    }

    private void Stream(int toSend, int toReceive, ulong run, bool leads)
    {
        if (leads) Send(FrameKind.Begin, run);
        else Expect(FrameKind.Begin, run);
        Thread sender = new(() => SendSegments(toSend, run));
        sender.Start();
        for (int i = 0; i < toReceive; i++)
        {
            FrameHeader header = Expect(FrameKind.Segment, run);
            ReceiveExactly(_buffers.Destination(header.Chunk));
        }

        // The two threads share the connection, so the last word waits for the sender's.
        sender.Join();
        Send(FrameKind.Done, run);
        Expect(FrameKind.Done, run);
    }

    private void SendSegments(int count, ulong run)
    {
        for (int i = 0; i < count; i++)
        {
            FrameHeader header = new()
            {
                Kind = FrameKind.Segment,
                Phase = SegmentPhase.Result,
                Operation = run,
                Chunk = (uint)i,
                Length = SegmentBuffers.SegmentBytes,
            };
            header.Seal();
            MemoryMarshal.Write(_outgoing, header);
            _gather[0] = _outgoing;
            _gather[1] = _buffers.Source(i);
            Sent(_socket!.Send(_gather), FrameHeader.ByteCount + SegmentBuffers.SegmentBytes);
        }
    }

    private void Send(FrameKind kind, ulong run)
    {
        FrameHeader header = new() { Kind = kind, Operation = run };
        header.Seal();
        MemoryMarshal.Write(_outgoing, header);
        Sent(_socket!.Send(_outgoing), FrameHeader.ByteCount);
    }

    private FrameHeader Expect(FrameKind kind, ulong run)
    {
        ReceiveExactly(_incoming);
        FrameHeader header = MemoryMarshal.Read<FrameHeader>(_incoming);
        if (!header.IsSound() || header.Kind != kind || header.Operation != run)
            throw new InvalidOperationException($"expected a {kind} frame of exchange {run}, found {header.Kind} of {header.Operation}");
        return header;
    }

    private void ReceiveExactly(ArraySegment<byte> destination)
    {
        for (int at = 0; at < destination.Count;)
        {
            int got = _socket!.Receive(destination.AsSpan(at));
            if (got == 0) throw new InvalidOperationException("the other process closed the connection");
            at += got;
        }
    }

    private static void Sent(int bytes, int expected)
    {
        if (bytes != expected) throw new InvalidOperationException($"a blocking send took {bytes} of {expected} bytes");
    }
}
