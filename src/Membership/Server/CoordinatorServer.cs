using System.Net;
using System.Net.Sockets;
using Collectives.Membership.Coordination;
using Collectives.Membership.Session;
using Collectives.Transport;
using Collectives.Transport.Handshake;
using Collectives.Transport.Logging;

namespace Collectives.Membership.Server;

/// <summary>A coordinator that listens, on a thread of its own.</summary>
public sealed class CoordinatorServer : IDisposable
{
    /// <summary>At an address of its own a coordinator may have been running before; members dial again within half a second.</summary>
    private const int RestartHoldMs = 1000;

    private const int LogFlushMs = 1000;

    private readonly ServerLoop _loop;
    private readonly Thread _thread;
    private MetricsServer? _metrics;
    private int _disposed;

    private CoordinatorServer(ServerLoop loop, IReadOnlyList<IPEndPoint> endPoints)
    {
        _loop = loop;
        EndPoints = endPoints;
        _thread = new Thread(loop.Run) { IsBackground = true, Name = "coll-coordinator" };
        _thread.Start();
    }

    /// <summary>The addresses that it listens on, all with the same port.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; }

    public int Port => EndPoints[0].Port;

    /// <summary>The port of GET /metrics; 0 without one.</summary>
    public int MetricsPort => _metrics?.Port ?? 0;

    public static Fault Start(CoordinatorSettings settings, out CoordinatorServer? server) =>
        Start(settings, new CoordinatorRules(), out server);

    /// <summary>With times other than the usual ones.</summary>
    public static Fault Start(CoordinatorSettings settings, CoordinatorRules rules, out CoordinatorServer? server)
    {
        server = null;
        int heartbeatMs = settings.HeartbeatMs == 0 ? SessionSettings.DefaultHeartbeatMs : settings.HeartbeatMs;
        if (heartbeatMs is < SessionSettings.MinHeartbeatMs or > SessionSettings.MaxHeartbeatMs)
        {
            return new Fault(Status.InvalidArgument,
                $"heartbeat_ms: expected {SessionSettings.MinHeartbeatMs} to {SessionSettings.MaxHeartbeatMs}, or 0 for {SessionSettings.DefaultHeartbeatMs}, found {settings.HeartbeatMs}");
        }

        Fault fault = OpenSsl.Check();
        if (!fault.IsNone) return fault;
        fault = ListenSockets.Open(settings.Listen, out List<Socket> sockets);
        if (!fault.IsNone) return fault;
        var endPoints = sockets.ConvertAll(socket => (IPEndPoint)socket.LocalEndPoint!);
        try
        {
            rules = rules with { HeartbeatMs = heartbeatMs, SettleMs = heartbeatMs, HoldMs = HostPort.HasPort(settings.Listen) ? RestartHoldMs : 0 };
            server = new CoordinatorServer(new ServerLoop(sockets, settings, rules), endPoints);
        }
        catch (IOException refused)
        {
            foreach (Socket socket in sockets) socket.Dispose();
            return new Fault(Status.System, "coordinator: " + refused.Message);
        }

        if (settings.Metrics.Length == 0) return Fault.None;
        fault = MetricsServer.Start(settings.Metrics, server._loop.Look, out server._metrics);
        if (fault.IsNone) return fault;
        server.Dispose();
        server = null;
        return fault;
    }

    /// <summary>Closes all sessions and joins the thread. Members keep their epoch and their operations.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        // It looks at the loop.
        _metrics?.Dispose();
        _loop.Stop();
        _thread.Join();
        _loop.Dispose();
        Log.Flush(LogFlushMs);
    }
}
