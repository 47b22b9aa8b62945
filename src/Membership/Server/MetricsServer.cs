using System.Net;
using System.Net.Sockets;
using System.Text;
using Collectives.Membership.Io;
using Collectives.Membership.Observation;
using Collectives.Transport;
using Collectives.Transport.Logging;

namespace Collectives.Membership.Server;

/// <summary>
/// GET /metrics over HTTP, one request per connection, on a thread of its own: reads a head of at most 8 KiB, answers,
/// closes. At most 64 connections of at most 5 seconds each; the oldest makes room. Not the framework's
/// HttpListener, which takes no port 0, has no such limits outside of Windows, and runs on the host program's thread pool.
/// </summary>
internal sealed class MetricsServer : IDisposable
{
    private const int MaxConnections = 64;
    private const int ConnectionMs = 5000;
    private const int AcceptAgainMs = 100;

    private readonly List<Socket> _listeners;
    private readonly Func<CoordinatorSnapshot?> _look;
    private readonly Poller _poller = new();
    private readonly Thread _thread;
    private readonly SortedDictionary<long, Exchange> _exchanges = [];
    private long _lastNumber;
    private long _acceptAgainAt = long.MaxValue;
    private volatile bool _stopping;

    private sealed record Exchange(ControlConnection Connection, HttpRequestHead Head, long EndBy)
    {
        public bool IsAnswered { get; set; }
    }

    /// <param name="look">Takes a snapshot, within a bounded time; null: the coordinator does not answer.</param>
    private MetricsServer(List<Socket> listeners, Func<CoordinatorSnapshot?> look)
    {
        _listeners = listeners;
        _look = look;
        Port = ((IPEndPoint)listeners[0].LocalEndPoint!).Port;
        WatchListeners();
        _thread = new Thread(Run, 512 * 1024) { IsBackground = true, Name = "coll-metrics" };
        _thread.Start();
    }

    public int Port { get; }

    public static Fault Start(string listen, Func<CoordinatorSnapshot?> look, out MetricsServer? server)
    {
        server = null;
        Fault fault = ListenSockets.Open(listen, out List<Socket> sockets);
        if (!fault.IsNone) return fault with { Message = "metrics: " + fault.Message };
        try
        {
            server = new MetricsServer(sockets, look);
            return Fault.None;
        }
        catch (IOException refused)
        {
            foreach (Socket socket in sockets) socket.Dispose();
            return new Fault(Status.System, "metrics: " + refused.Message);
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _poller.Wake();
        _thread.Join();
        foreach (Exchange exchange in _exchanges.Values) exchange.Connection.Dispose();
        foreach (Socket listener in _listeners) listener.Dispose();
        _poller.Dispose();
    }

    private static long Now => Environment.TickCount64;

    private void Run()
    {
        try
        {
            Loop();
        }
        catch (Exception bug)
        {
            // An exception that leaves a thread ends the process, which is the host program's.
            Log.At(LogLevel.Error, "metrics_failed")?.Add("text", bug.ToString()).Write();
        }
    }

    private void Loop()
    {
        Span<long> keys = stackalloc long[32];
        while (!_stopping)
        {
            long due = Math.Min(_acceptAgainAt, _exchanges.Count > 0 ? _exchanges.First().Value.EndBy : long.MaxValue);
            int count = _poller.Wait(keys, (int)Math.Clamp(due - Now, 0, 60_000));
            foreach (long key in keys[..count])
            {
                if (key < 0) Accept(_listeners[(int)~key]);
                else if (_exchanges.TryGetValue(key, out Exchange? exchange)) Advance(key, exchange);
            }

            while (_exchanges.Count > 0 && _exchanges.First().Value.EndBy <= Now) End(_exchanges.First().Key);
            if (Now >= _acceptAgainAt) WatchListeners();
        }
    }

    private void WatchListeners()
    {
        _acceptAgainAt = long.MaxValue;
        for (int i = 0; i < _listeners.Count; i++) _poller.Add(_listeners[i].SafeHandle.DangerousGetHandle(), ~i);
    }

    private void Accept(Socket listener)
    {
        try
        {
            Socket socket = listener.Accept();
            if (_exchanges.Count == MaxConnections) End(_exchanges.First().Key);
            var exchange = new Exchange(new ControlConnection(socket), new HttpRequestHead(), Now + ConnectionMs);
            _exchanges.Add(++_lastNumber, exchange);
            _poller.Add(exchange.Connection.Descriptor, _lastNumber);
        }
        catch (SocketException none) when (none.SocketErrorCode is SocketError.WouldBlock or SocketError.ConnectionAborted or SocketError.ConnectionReset)
        {
        }
        catch (SocketException)
        {
            // Out of descriptors, mostly. A listener that stays ready would turn this loop into a spin.
            foreach (Socket one in _listeners) _poller.Remove(one.SafeHandle.DangerousGetHandle());
            _acceptAgainAt = Now + AcceptAgainMs;
        }
    }

    private void Advance(long number, Exchange exchange)
    {
        ControlConnection connection = exchange.Connection;
        if (exchange.IsAnswered)
        {
            Span<byte> nowhere = stackalloc byte[4096];
            while (connection.Problem is null && connection.Receive(nowhere) > 0)
            {
            }
        }
        else
        {
            int received = connection.Receive(exchange.Head.Free());
            if (exchange.Head.Arrived(received)) Answer(exchange);
            else if (exchange.Head.IsFull) Send(exchange, "431 Request Header Fields Too Large", "the request's head is too long\n");
        }

        connection.Flush();
        if (connection.Problem is not null)
        {
            End(number);
            return;
        }

        // The client closes once it has read to the end.
        if (exchange.IsAnswered && !connection.HasQueued && !connection.HasSaidGoodbye) connection.SayGoodbye();
        _poller.Change(connection.Descriptor, number, connection.HasQueued);
    }

    private void Answer(Exchange exchange)
    {
        if (!exchange.Head.TryRead(out ReadOnlySpan<byte> method, out ReadOnlySpan<byte> path)) Send(exchange, "400 Bad Request", "not an HTTP request\n");
        else if (!method.SequenceEqual("GET"u8) && !method.SequenceEqual("HEAD"u8)) Send(exchange, "405 Method Not Allowed", "expected GET\n", "Allow: GET, HEAD\r\n");
        else if (!path.SequenceEqual("/metrics"u8)) Send(exchange, "404 Not Found", "the metrics are at /metrics\n");
        else if (_look() is not { } snapshot) Send(exchange, "503 Service Unavailable", "the coordinator does not answer\n");
        else Send(exchange, "200 OK", MetricsText.Write(snapshot), withBody: method.SequenceEqual("GET"u8));
    }

    private static void Send(Exchange exchange, string status, string body, string headers = "", bool withBody = true)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        exchange.Connection.Enqueue(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {bytes.Length}\r\n{headers}Connection: close\r\n\r\n"));
        if (withBody) exchange.Connection.Enqueue(bytes);
        exchange.IsAnswered = true;
    }

    private void End(long number)
    {
        if (_exchanges.Remove(number, out Exchange? ended)) ended.Connection.Dispose();
    }
}
