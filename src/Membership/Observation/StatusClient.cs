using System.Net.Sockets;
using Collectives.Membership.Io;
using Collectives.Membership.Messages;
using Collectives.Membership.Session;
using Collectives.Transport;
using Collectives.Transport.Handshake;

namespace Collectives.Membership.Observation;

/// <summary>Asks a coordinator what it knows. Blocking; a look costs the coordinator one connection and changes nothing.</summary>
public static class StatusClient
{
    private const int SliceUs = 20_000;

    /// <param name="document">JSON in UTF-8.</param>
    public static Fault Fetch(string coordinator, string token, int timeoutMs, out byte[] document)
    {
        document = [];
        if (!HostPort.TryParse(coordinator, out string host, out int port, out string problem)) return new Fault(Status.InvalidArgument, problem);
        if (host.Length == 0 || port == 0)
            return new Fault(Status.InvalidArgument, $"expected a host and a port above 0 to connect to, found \"{coordinator}\"");
        Fault fault = OpenSsl.Check();
        if (!fault.IsNone) return fault;
        long deadline = Environment.TickCount64 + timeoutMs;
        using var dialer = new Dialer(host, port, token, Hello.ToStatus());
        while (!dialer.IsOpen)
        {
            dialer.Advance();
            if (dialer.IsOpen) break;
            if (dialer.Connection is not { } pending) return Named(coordinator, dialer.Fault);
            if (Environment.TickCount64 >= deadline) return Late(coordinator, timeoutMs);
            pending.Socket.Poll(SliceUs, dialer.WantsWrite ? SelectMode.SelectWrite : SelectMode.SelectRead);
        }

        using ControlConnection connection = dialer.Detach();
        return Read(connection, coordinator, timeoutMs, deadline, out document);
    }

    private static Fault Read(ControlConnection connection, string coordinator, int timeoutMs, long deadline, out byte[] document)
    {
        document = [];
        var frames = new FrameReader(toCoordinator: false);
        using var whole = new MemoryStream();
        while (true)
        {
            connection.Flush();
            int received = connection.Receive(frames.Free());
            frames.Arrived(received);
            while (frames.Next() is { } message)
            {
                if (message is not StatusPage page) return Named(coordinator, new Fault(Status.Refused, $"expected its status, found {message.Kind}"));
                if (whole.Length + page.Bytes.Length > StatusPage.MaxDocumentByteCount)
                    return Named(coordinator, new Fault(Status.Refused, $"its status has more than {StatusPage.MaxDocumentByteCount} bytes"));
                whole.Write(page.Bytes.Span);
                if (page.Remaining > 0) continue;
                document = whole.ToArray();
                return Fault.None;
            }

            if (frames.Problem is { } broken) return Named(coordinator, new Fault(Status.Refused, broken));
            if (connection.Problem is { } problem) return Named(coordinator, new Fault(Status.Coordinator, problem));
            if (Environment.TickCount64 >= deadline) return Late(coordinator, timeoutMs);
            if (received == 0) connection.Socket.Poll(SliceUs, SelectMode.SelectRead);
        }
    }

    private static Fault Named(string coordinator, Fault fault) => fault with { Message = $"coordinator {coordinator}: {fault.Message}" };

    private static Fault Late(string coordinator, int timeoutMs) =>
        new(Status.Coordinator, $"coordinator {coordinator}: no answer within {timeoutMs} ms");
}
