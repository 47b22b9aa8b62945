using System.Diagnostics;

namespace Collectives.Perf.Wan.Sites;

/// <summary>Another program, run to its end.</summary>
internal static class Command
{
    public static string Run(string input, params ReadOnlySpan<string> command)
    {
        ProcessStartInfo start = new(command[0], command[1..].ToArray()) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start.");
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', command.ToArray())}: {errors.Result.Trim()} {input.Trim()}");
    }
}
