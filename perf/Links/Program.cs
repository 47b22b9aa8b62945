using System.CommandLine;
using System.Globalization;
using Collectives.Perf.Links;

// The second layer of perf/: what a link costs over loopback, without any arithmetic, beside blocking sockets and a
// plain copy. Run it as the library is shipped, compiled ahead of time:
//   dotnet publish perf/Links -c Release -p:InstructionSet=x86-x64-v3 -o build/links
//   build/links/links --json figures.json

Option<int> megabytes = new("--megabytes")
{
    Description = "MiB per exchange and direction.",
    DefaultValueFactory = _ => 128,
};
Option<int> pingPongs = new("--ping-pongs")
{
    Description = "Round trips of 64 bytes per exchange.",
    DefaultValueFactory = _ => 2000,
};
Option<int> rounds = new("--rounds")
{
    Description = "Times that the whole list of cases is gone through; the cases are interleaved.",
    DefaultValueFactory = _ => 15,
};
Option<int> spinUs = new("--spin-us")
{
    Description = "Microseconds that a thread waiting on a link looks for bytes before it sleeps; the library's default on two cores or more is 50.",
    DefaultValueFactory = _ => 50,
};
Option<FileInfo?> json = new("--json") { Description = "Also write the figures to this file." };
Option<string?> follow = new("--follow") { Description = "Be the second process; for the first one's use.", Hidden = true };

Bound(megabytes, 1, 1 << 14);
Bound(pingPongs, 1, 1_000_000);
Bound(rounds, 3, 10_000);
Bound(spinUs, 0, 1_000_000);

RootCommand root = new("Measures a link between two processes over loopback against blocking sockets and a memory copy.")
{
    megabytes, pingPongs, rounds, spinUs, json, follow,
};
root.SetAction(parsed =>
{
    int segments = parsed.GetValue(megabytes) * 4;
    int trips = parsed.GetValue(pingPongs);
    int spin = parsed.GetValue(spinUs);
    if (parsed.GetValue(follow) is { } ports)
        return Follower.Run([.. ports.Split(',').Select(port => int.Parse(port, CultureInfo.InvariantCulture))], segments, trips, spin);

    int all = parsed.GetValue(rounds);
    using Leader leader = new(segments, trips, spin);
    Report report = new(all, spin, leader.Measure(all, round => Console.Error.WriteLine(round < 0 ? "warming up" : $"round {round + 1} of {all}")));
    report.Print(Console.Out);
    if (parsed.GetValue(json) is { } file) report.WriteJson(file);
    return 0;
});
return root.Parse(args).Invoke();

static void Bound(Option<int> option, int least, int most) => option.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is var value && (value < least || value > most))
        result.AddError($"{option.Name}: expected {least} to {most}, found {value}.");
});
