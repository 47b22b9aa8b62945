using System.CommandLine;
using Collectives.Perf.Wan.Commands;
using Collectives.Perf.Wan.Interop;

// The fourth layer of perf/: an earth on one machine. Each site is a network namespace; all that it sends goes through
// this process, which lets it arrive later, slower or not at all. It needs root. Commands come by standard input:
//   dotnet publish perf/Wan -c Release -o build/wan && build/wan/wan

Option<int> memory = new("--memory")
{
    Description = "MiB for packets under way.",
    DefaultValueFactory = _ => 384,
};
Option<int> seed = new("--seed")
{
    Description = "Of losses and jitter: the same seed loses the same segments of a link.",
    DefaultValueFactory = _ => 1,
};
Option<string> congestion = new("--congestion")
{
    Description = "The congestion control of the sites' TCP, until a command changes it.",
    DefaultValueFactory = _ => "cubic",
};
memory.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is var value and (< 1 or > 1 << 20)) result.AddError($"--memory: expected 1 to {1 << 20}, found {value}.");
});

RootCommand root = new($"Emulates links between sites in network namespaces. Commands, one a line: {Emulator.Help}.")
{
    memory, seed, congestion,
};
root.SetAction(parsed =>
{
    // It ends with who started it; sites and devices end with it, since only its descriptors hold them.
    Linux.ProcessControl(Linux.DeathSignal, Linux.SignalKill);
    using Emulator emulator = new((long)parsed.GetValue(memory) << 20, parsed.GetValue(seed), parsed.GetValue(congestion)!);
    emulator.Run(Console.In, Console.Out);
    return 0;
});
return root.Parse(args).Invoke();
