using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Collectives.Membership;
using Collectives.Membership.Server;
using Collectives.Transport;

namespace Collectives.Tool;

/// <summary>`collectives coordinator`: listens until SIGINT or SIGTERM, and prints a line per change of a roster.</summary>
internal static class CoordinatorCommand
{
    private static readonly Lock s_output = new();

    private static readonly Option<string> s_listen = new("--listen")
    {
        Description = "Where to listen: HOST:PORT, [IPV6]:PORT, or :PORT for all addresses of both families. Port 0 takes a free one.",
        HelpName = "HOST:PORT",
        DefaultValueFactory = _ => "127.0.0.1:29400",
    };

    private static readonly TokenOptions s_token = new();

    private static readonly Option<int> s_heartbeatMs = new("--heartbeat-ms")
    {
        Description = "Milliseconds of silence after which a member is lost, 100 to 3600000; members may name their own.",
        HelpName = "N",
        DefaultValueFactory = _ => 3000,
    };

    private static readonly Option<string?> s_metrics = new("--metrics")
    {
        Description = "Answer GET /metrics there, in Prometheus' text format, to anybody who can connect. Default: nowhere.",
        HelpName = "HOST:PORT",
    };

    public static Command Create()
    {
        var command = new Command("coordinator", "Run a coordinator until SIGINT or SIGTERM. " + ExitCodes.Help) { s_listen };
        s_token.AddTo(command);
        command.Add(s_heartbeatMs);
        command.Add(s_metrics);
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        Fault fault = s_token.Choose(arguments, out string token);
        if (!fault.IsNone) return ExitCodes.Fail(fault);

        using var stop = new ManualResetEventSlim();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, EndOn(stop));
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, EndOn(stop));
        var settings = new CoordinatorSettings
        {
            Listen = arguments.GetValue(s_listen)!,
            Token = token,
            HeartbeatMs = arguments.GetValue(s_heartbeatMs),
            Metrics = arguments.GetValue(s_metrics) ?? "",
            Log = Print,
        };
        CoordinatorServer? server;
        // Members that were waiting for it may be heard before this thread goes on; where it listens is said first.
        lock (s_output)
        {
            fault = CoordinatorServer.Start(settings, out server);
            if (!fault.IsNone) return ExitCodes.Fail(fault);
            Console.Out.WriteLine("listening on " + string.Join(", ", server!.EndPoints.Select(end => HostPort.Join(end.Address.ToString(), end.Port))));
            if (server.MetricsPort > 0) Console.Out.WriteLine($"metrics on port {server.MetricsPort}, at /metrics");
        }

        using (server) stop.Wait();
        Print("stopped");
        return ExitCodes.Done;
    }

    private static Action<PosixSignalContext> EndOn(ManualResetEventSlim stop) => signal =>
    {
        // Cancelled, so that the runtime does not end the process before the sessions are closed.
        signal.Cancel = true;
        stop.Set();
    };

    private static void Print(string line)
    {
        lock (s_output) Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} {line}"));
    }
}
