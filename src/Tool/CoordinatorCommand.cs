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
    private const int FailureExit = 1;
    private const int UsageExit = 2;

    private static readonly Option<string> s_listen = new("--listen")
    {
        Description = "Where to listen: HOST:PORT, [IPV6]:PORT, or :PORT for all addresses of both families. Port 0 takes a free one.",
        HelpName = "HOST:PORT",
        DefaultValueFactory = _ => "127.0.0.1:29400",
    };

    private static readonly Option<FileInfo?> s_tokenFile = new("--token-file")
    {
        Description = "File that holds the secret that members must know; a line break at its end is not part of it.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> s_token = new("--token")
    {
        Description = "The secret itself; others on this machine can read it in the process list. Default: $COLLECTIVES_TOKEN, or none.",
        HelpName = "TOKEN",
    };

    private static readonly Option<int> s_heartbeatMs = new("--heartbeat-ms")
    {
        Description = "Milliseconds of silence after which a member is lost, 100 to 3600000; members may name their own.",
        HelpName = "N",
        DefaultValueFactory = _ => 3000,
    };

    public static Command Create()
    {
        var command = new Command("coordinator", "Run a coordinator until SIGINT or SIGTERM.") { s_listen, s_tokenFile, s_token, s_heartbeatMs };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        Fault fault = Token.Choose(arguments.GetValue(s_token), arguments.GetValue(s_tokenFile), out string token);
        if (!fault.IsNone) return Fail(fault);

        using var stop = new ManualResetEventSlim();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, EndOn(stop));
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, EndOn(stop));
        var settings = new CoordinatorSettings
        {
            Listen = arguments.GetValue(s_listen)!,
            Token = token,
            HeartbeatMs = arguments.GetValue(s_heartbeatMs),
            Log = Print,
        };
        fault = CoordinatorServer.Start(settings, out CoordinatorServer? server);
        if (!fault.IsNone) return Fail(fault);

        using (server)
        {
            Console.Out.WriteLine("listening on " + string.Join(", ", server!.EndPoints.Select(end => HostPort.Join(end.Address.ToString(), end.Port))));
            stop.Wait();
        }

        Print("stopped");
        return 0;
    }

    private static Action<PosixSignalContext> EndOn(ManualResetEventSlim stop) => signal =>
    {
        // Cancelled, so that the runtime does not end the process before the sessions are closed.
        signal.Cancel = true;
        stop.Set();
    };

    private static int Fail(Fault fault)
    {
        Console.Error.WriteLine($"collectives: {fault.Message}");
        return fault.Status == Status.InvalidArgument ? UsageExit : FailureExit;
    }

    private static void Print(string line) =>
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} {line}"));
}
