using System.Diagnostics;
using System.Globalization;
using Collectives.Simulation.Tests.Checks;
using Collectives.Simulation.Tests.Time;
using Xunit.Abstractions;

namespace Collectives.Simulation.Tests;

/// <summary>
/// Random runs of whole groups in virtual time, each of which a seed repeats exactly. With SEEDS=n in the environment n of them
/// for each shape, from SEED on, or for the one that SHAPE names, and at most for SECONDS each; otherwise a few that take some seconds.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int MostListed = 50;

    [Theory]
    [InlineData("few", 200)]
    [InlineData("faults", 150)]
    [InlineData("standby", 80)]
    [InlineData("newcomers", 80)]
    [InlineData("late", 150)]
    [InlineData("crowd", 2)]
    [InlineData("wide", 10)]
    [InlineData("leavers", 60)]
    [InlineData("deaths", 2000)]
    public void PromisesAreKept(string shape, int seeds)
    {
        if (Environment.GetEnvironmentVariable("SHAPE") is { Length: > 0 } only && only != shape) return;
        int first = 1;
        if (Environment.GetEnvironmentVariable("SEEDS") is { Length: > 0 } wanted)
        {
            seeds = int.Parse(wanted, CultureInfo.InvariantCulture);
            seeds = Math.Max(1, seeds / (shape == "crowd" ? 100 : shape == "wide" ? 20 : 1));
            first = int.Parse(Environment.GetEnvironmentVariable("SEED") ?? "1", CultureInfo.InvariantCulture);
        }

        double limit = double.Parse(Environment.GetEnvironmentVariable("SECONDS") is { Length: > 0 } most ? most : "1e9", CultureInfo.InvariantCulture);
        Tally tally = new();
        List<(int Seed, string Violation)> violations = [];
        Stopwatch watch = Stopwatch.StartNew();
        for (int seed = first; seed < first + seeds && watch.Elapsed.TotalSeconds < limit; seed++)
        {
            if (Run(shape, seed, isTraced: false, tally, out _) is { } violation) violations.Add((seed, violation));
        }

        output.WriteLine($"{shape}: {tally}, {watch.Elapsed.TotalMilliseconds / Math.Max(1, tally.Runs):F1} ms each");
        if (violations.Count == 0) return;
        int worst = violations[0].Seed;
        Run(shape, worst, isTraced: true, new Tally(), out IReadOnlyList<string> trace);
        output.WriteLine(string.Join('\n', trace));
        Assert.Fail($"{violations.Count} of {tally.Runs} runs of shape {shape} break a promise; `make simulate SHAPE={shape} SEEDS=1 SEED=n` repeats one, and the trace shows {worst}:\n"
            + string.Join('\n', violations.Take(MostListed).Select(each => $"seed {each.Seed}: {each.Violation}")));
    }

    /// <summary>What was broken, or null.</summary>
    private static string? Run(string shape, int seed, bool isTraced, Tally tally, out IReadOnlyList<string> trace)
    {
        Timeline timeline = new(seed);
        using World world = new(Shapes.All[shape](timeline), timeline, isTraced);
        try
        {
            world.Run();
            return null;
        }
        catch (ViolationException violation)
        {
            return violation.Message;
        }
        catch (Exception bug) when (bug is not ViolationException)
        {
            return $"the library has thrown: {bug}";
        }
        finally
        {
            tally.Add(world.Judge.Tally);
            trace = world.Trace?.Lines ?? [];
        }
    }
}
