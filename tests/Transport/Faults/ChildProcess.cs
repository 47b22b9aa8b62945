using System.Diagnostics;
using System.Reflection;

namespace Collectives.Transport.Tests.Faults;

/// <summary>
/// A scenario in a process of its own, for what the test host does not live through: it ends as soon as its runtime
/// wants another thread while there are no descriptors. The test assembly is the program; it calls Scenario of
/// the class that the first argument names.
/// </summary>
internal static class ChildProcess
{
    private const int LimitMs = 60_000;

    /// <summary>Fails with what the scenario printed if it throws.</summary>
    public static void Run(Type scenario)
    {
        ProcessStartInfo start = new("dotnet", [scenario.Assembly.Location, scenario.FullName!]) { RedirectStandardError = true };
        // Code that is compiled again in the background would be compiled by a new thread.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        using Process child = Process.Start(start)!;
        Task<string> printed = child.StandardError.ReadToEndAsync();
        if (!child.WaitForExit(LimitMs)) child.Kill();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0, $"the process of {scenario.Name} ended with {child.ExitCode}: {printed.Result}");
    }

    private static int Main(string[] arguments)
    {
        Type.GetType(arguments[0], throwOnError: true)!.GetMethod("Scenario", BindingFlags.Static | BindingFlags.NonPublic)!.Invoke(null, null);
        return 0;
    }
}
