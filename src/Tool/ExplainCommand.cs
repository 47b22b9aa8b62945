using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Collectives.Algorithms;
using Collectives.Algorithms.Costs;
using Collectives.Algorithms.Reduction;
using Collectives.Algorithms.Schedules;
using Collectives.Membership.Observation;
using Collectives.Transport;

namespace Collectives.Tool;

/// <summary>`collectives explain`: which algorithm a call takes, and why, by the links of a running group or by made-up ones.</summary>
internal static class ExplainCommand
{
    private const int TimeoutMs = 10_000, MostMembers = 4096;

    private static readonly Option<int?> s_world = new("--world") { Description = "Members; with --coordinator, those of the group.", HelpName = "P" };

    private static readonly Option<long> s_count = new("--count")
    {
        Description = "Elements: of the whole buffer, or of one member's part where each has its own (reduce_scatter, all_gather).",
        HelpName = "N",
        Required = true,
    };

    private static readonly Option<string> s_type = new("--type") { Description = "Of the elements: i8 to f64.", HelpName = "TYPE", DefaultValueFactory = _ => "f32" };

    private static readonly Option<string> s_op = new("--op") { Description = "sum, avg, prod, min or max; they all cost the same.", HelpName = "OP", DefaultValueFactory = _ => "sum" };

    private static readonly Option<string> s_collective = new("--collective")
    {
        Description = "all_reduce, reduce_scatter, all_gather, broadcast or reduce.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "all_reduce",
    };

    private static readonly Option<int> s_root = new("--root") { Description = "Rank of the root of a broadcast or a reduce.", HelpName = "RANK" };

    private static readonly Option<double?> s_rttMs = new("--rtt-ms") { Description = "Round trip between any two members, each on a machine of its own. Default: all on one.", HelpName = "X" };

    private static readonly Option<double?> s_mbit = new("--mbit") { Description = "What each link carries, in Mbit/s, each way.", HelpName = "Y" };

    private static readonly Option<string?> s_coordinator = new("--coordinator") { Description = "Take the links that the members of a running group agree on.", HelpName = "HOST:PORT" };

    private static readonly Option<uint> s_group = new("--group") { Description = "Which of the coordinator's groups.", HelpName = "G" };

    private static readonly Option<bool> s_json = new("--json") { Description = "Print a JSON document instead, on one line." };

    private static readonly TokenOptions s_token = new();

    public static Command Create()
    {
        var command = new Command("explain",
            "Show which algorithms a call could take, what each is predicted to cost, and which one is chosen when the caller leaves it open. " + ExitCodes.Help)
        {
            s_world, s_count, s_type, s_op, s_collective, s_root, s_rttMs, s_mbit, s_coordinator, s_group, s_json,
        };
        s_token.AddTo(command);
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        Fault fault = CheckWords(arguments, out Collective collective, out DataType type);
        if (!fault.IsNone) return ExitCodes.Fail(fault);
        fault = Find(arguments, out LinkModel? links, out RingWay[] rings);
        if (!fault.IsNone) return ExitCodes.Fail(fault);

        int root = arguments.GetValue(s_root);
        if (root < 0 || root >= links!.World) return Usage($"--root: expected 0 to {links!.World - 1}, found {root}");
        long parts = collective is Collective.ReduceScatter or Collective.AllGather ? links.World : 1;
        long count = arguments.GetValue(s_count), most = long.MaxValue / sizeof(double) / parts;
        if (count < 0 || count > most) return Usage($"--count: expected 0 to {most}, found {count}");
        ChoiceQuestion question = new(collective, count * parts * DataTypes.Size(type), root);
        var explanation = new Explanation(new Chooser(links, rings, AlgorithmSet.All), question, links.World);
        Console.Out.Write(arguments.GetValue(s_json) ? explanation.ToJson() + "\n" : explanation.ToText());
        return ExitCodes.Done;
    }

    private static Fault CheckWords(ParseResult arguments, out Collective collective, out DataType type)
    {
        string op = arguments.GetValue(s_op)!, name = arguments.GetValue(s_collective)!;
        collective = name switch
        {
            "all_reduce" => Collective.AllReduce,
            "reduce_scatter" => Collective.ReduceScatter,
            "all_gather" => Collective.AllGather,
            "broadcast" => Collective.Broadcast,
            "reduce" => Collective.Reduce,
            _ => default,
        };
        if (!DataTypes.TryParse(arguments.GetValue(s_type), out type)) return Bad($"--type: expected i8 to f64, found \"{arguments.GetValue(s_type)}\"");
        if (collective == default) return Bad($"--collective: expected all_reduce, reduce_scatter, all_gather, broadcast or reduce, found \"{name}\"");
        return op is "sum" or "avg" or "prod" or "min" or "max" ? Fault.None : Bad($"--op: expected sum, avg, prod, min or max, found \"{op}\"");
    }

    private static Fault Find(ParseResult arguments, out LinkModel? links, out RingWay[] rings)
    {
        (links, rings) = (null, []);
        int? world = arguments.GetValue(s_world);
        double? rttMs = arguments.GetValue(s_rttMs), mbit = arguments.GetValue(s_mbit);
        if (arguments.GetValue(s_coordinator) is { } coordinator)
        {
            if (world is not null || rttMs is not null || mbit is not null) return Bad("--coordinator: its group has members and links of its own; leave --world, --rtt-ms and --mbit out");
            Fault fault = s_token.Choose(arguments, out string token);
            return fault.IsNone ? Fetch(coordinator, token, arguments.GetValue(s_group), out links, out rings) : fault;
        }

        if (world is not (>= 1 and <= MostMembers)) return Bad($"--world: expected 1 to {MostMembers}, or --coordinator instead, found {world?.ToString(CultureInfo.InvariantCulture) ?? "none"}");
        if (rttMs is not null and not (>= 0 and <= 60_000)) return Bad(string.Create(CultureInfo.InvariantCulture, $"--rtt-ms: expected 0 to 60000, found {rttMs}"));
        if (mbit is not null and not (>= 0.001 and <= 1e7)) return Bad(string.Create(CultureInfo.InvariantCulture, $"--mbit: expected 0.001 to 10000000, found {mbit}"));
        if (rttMs is null && mbit is null) links = LinkModel.OneHost(world.Value);
        else if (world > LinkSchedule.FullMeshWorld) links = new LinkModel([], [], [.. Enumerable.Range(0, world.Value)]);
        else links = LinkModel.Uniform(world.Value, (uint)Math.Round((rttMs ?? 0) * 1000), (long)Math.Round((mbit ?? 0) * 125_000));
        return Fault.None;
    }

    private static Fault Fetch(string coordinator, string token, uint group, out LinkModel? links, out RingWay[] rings)
    {
        (links, rings) = (null, []);
        Fault fault = StatusClient.Fetch(coordinator, token, TimeoutMs, out byte[] document);
        if (!fault.IsNone) return fault;
        try
        {
            using JsonDocument parsed = JsonDocument.Parse(document);
            JsonElement found = parsed.RootElement.GetProperty("groups").EnumerateArray().FirstOrDefault(each => each.GetProperty("group").GetUInt32() == group);
            if (found.ValueKind == JsonValueKind.Undefined) return new Fault(Status.Coordinator, $"coordinator {coordinator}: it has no group {group}");
            links = LinkModelJson.Read(found);
            if (links is null) return new Fault(Status.Coordinator, $"coordinator {coordinator}: group {group} has no epoch yet");
            rings = [.. found.GetProperty("order").GetProperty("rings").EnumerateArray().Select(RingOf)];
            int world = links.World;
            return Array.TrueForAll(rings, ring => ring.Order.Order().SequenceEqual(Enumerable.Range(0, world)))
                ? Fault.None : new Fault(Status.Refused, $"coordinator {coordinator}: its rings are not those of {world} members");
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return new Fault(Status.Refused, $"coordinator {coordinator}: its status cannot be read: {unreadable.Message}");
        }
    }

    /// <summary>Shares are told in thousandths.</summary>
    private static RingWay RingOf(JsonElement ring) =>
        new([.. ring.GetProperty("ranks").EnumerateArray().Select(rank => rank.GetInt32())], Math.Max(1, (int)Math.Round(1000 * ring.GetProperty("share").GetDouble())));

    private static Fault Bad(string text) => new(Status.InvalidArgument, text);

    private static int Usage(string text) => ExitCodes.Fail(Bad(text));
}
