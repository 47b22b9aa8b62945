using System.CommandLine;
using System.Text;
using System.Text.Json;
using Collectives.Membership.Observation;
using Collectives.Transport;

namespace Collectives.Tool;

/// <summary>`collectives status HOST:PORT`: what a coordinator knows, once or again and again.</summary>
internal static class StatusCommand
{
    private const int TimeoutMs = 10_000;

    private static readonly Argument<string> s_coordinator = new("HOST:PORT") { Description = "The coordinator's address, or [IPV6]:PORT." };

    private static readonly Option<bool> s_json = new("--json") { Description = "Print the JSON document instead, on one line." };

    private static readonly Option<double?> s_watch = new("--watch")
    {
        Description = "Repeat after so many seconds, until it is ended by a signal. A coordinator that cannot be reached is then told of, and tried again.",
        HelpName = "SECONDS",
    };

    private static readonly TokenOptions s_token = new();

    public static Command Create()
    {
        var command = new Command("status",
            "Show a coordinator's groups: epochs, members, links, and operations in flight with who is waited for. "
            + "Links and operations are as the members last reported them, a third of their heartbeat ago at most. " + ExitCodes.Help)
        {
            s_coordinator, s_json, s_watch,
        };
        s_token.AddTo(command);
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        Fault fault = s_token.Choose(arguments, out string token);
        if (!fault.IsNone) return ExitCodes.Fail(fault);
        double? watch = arguments.GetValue(s_watch);
        if (watch is not null and not (>= 0.1 and <= 86_400))
            return ExitCodes.Fail(new Fault(Status.InvalidArgument, $"--watch: expected 0.1 to 86400 seconds, found {watch}"));

        string coordinator = arguments.GetValue(s_coordinator)!;
        bool json = arguments.GetValue(s_json);
        while (true)
        {
            int exit = Show(coordinator, token, json);
            if (watch is not { } seconds || exit == ExitCodes.Usage) return exit;
            Thread.Sleep(TimeSpan.FromSeconds(seconds));
            if (!json) Console.Out.WriteLine();
        }
    }

    private static int Show(string coordinator, string token, bool json)
    {
        Fault fault = StatusClient.Fetch(coordinator, token, TimeoutMs, out byte[] document);
        if (!fault.IsNone) return ExitCodes.Fail(fault);
        if (json)
        {
            Console.Out.WriteLine(Encoding.UTF8.GetString(document));
            return ExitCodes.Done;
        }

        try
        {
            using JsonDocument parsed = JsonDocument.Parse(document);
            Console.Out.Write(StatusText.Write(coordinator, parsed.RootElement));
            return ExitCodes.Done;
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Another version's, perhaps.
            return ExitCodes.Fail(new Fault(Status.Refused, $"coordinator {coordinator}: its status cannot be read: {unreadable.Message}"));
        }
    }
}
