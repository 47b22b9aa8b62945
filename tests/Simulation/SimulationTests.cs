using System.Diagnostics;
using System.Globalization;
using Collectives.Simulation.Tests.Checks;
using Collectives.Simulation.Tests.Time;
using Xunit.Abstractions;

namespace Collectives.Simulation.Tests;

/// <summary>
/// Random runs of whole groups in virtual time, each of which a seed repeats exactly. With SEEDS=n in the environment n of them
/// for each shape, from SEED on; otherwise a few that take some seconds.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("few", 300)]
    [InlineData("faults", 300)]
    [InlineData("standby", 200)]
    [InlineData("late", 200)]
    [InlineData("crowd", 2)]
    public void PromisesAreKept(string shape, int seeds)
    {
        int first = 1;
        if (Environment.GetEnvironmentVariable("SEEDS") is { Length: > 0 } wanted)
        {
            seeds = int.Parse(wanted, CultureInfo.InvariantCulture);
            if (shape == "crowd") seeds = Math.Max(1, seeds / 100);
            first = int.Parse(Environment.GetEnvironmentVariable("SEED") ?? "1", CultureInfo.InvariantCulture);
        }

        Tally tally = new();
        Stopwatch watch = Stopwatch.StartNew();
        for (int seed = first; seed < first + seeds; seed++)
        {
            string? violation = Run(shape, seed, isTraced: false, tally, out _);
            if (violation is null) continue;
            string again = Run(shape, seed, isTraced: true, new Tally(), out IReadOnlyList<string> trace) ?? "nothing, when it was repeated";
            Assert.Fail($"seed {seed} of shape {shape}: {again}\n(SEED={seed} SEEDS=1 repeats it)\n{string.Join('\n', trace)}\nseed {seed} of shape {shape}: {again}");
        }

        output.WriteLine($"{shape}: {tally}, {watch.Elapsed.TotalMilliseconds / seeds:F1} ms each");
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
