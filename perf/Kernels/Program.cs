using System.CommandLine;
using Collectives.Perf.Kernels;

// The lowest layer of perf/: what the arithmetic alone costs, with all buffers in cache, beside a plain copy.
// Run it as the library is shipped, compiled ahead of time:
//   dotnet publish perf/Kernels -c Release -p:InstructionSet=x86-x64-v3 -o build/kernels
//   build/kernels/kernels --json figures.json

Option<int> bytes = new("--bytes")
{
    Description = "Bytes per buffer; a case reads two and writes a third.",
    DefaultValueFactory = _ => 256 * 1024,
};
Option<int> repetitions = new("--repetitions")
{
    Description = "Times that the whole list of cases is gone through; the cases are interleaved.",
    DefaultValueFactory = _ => 51,
};
Option<string?> only = new("--only")
{
    Description = "Measure only the cases whose name contains this text, and the references.",
};
Option<FileInfo?> json = new("--json") { Description = "Also write the figures to this file." };
Option<bool> verify = new("--verify")
{
    Description = "Compare every kernel with a scalar oracle instead; exits with 1 if one is wrong.",
};

bytes.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is < 64 or > 1 << 30)
        result.AddError("--bytes: expected 64 to 1073741824.");
});
repetitions.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is < 3 or > 100_000)
        result.AddError("--repetitions: expected 3 to 100000.");
});

RootCommand root = new("Measures the reduction kernels against memcpy and a scalar loop, in GB/s of one buffer.")
{
    bytes, repetitions, only, json, verify,
};
root.SetAction(parsed =>
{
    if (parsed.GetValue(verify))
        return Verification.Run(Console.Out) == 0 ? 0 : 1;

    using Buffers buffers = new(parsed.GetValue(bytes));
    List<Case> cases = CaseList.Create(buffers, parsed.GetValue(only));
    Measurement[] measurements = Interleaved.Run(cases, parsed.GetValue(repetitions));
    Report report = new(parsed.GetValue(bytes), parsed.GetValue(repetitions), measurements);
    report.Print(Console.Out);
    if (parsed.GetValue(json) is { } file)
        report.WriteJson(file);
    return 0;
});
return root.Parse(args).Invoke();
