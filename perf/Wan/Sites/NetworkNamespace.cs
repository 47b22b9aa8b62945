using Collectives.Perf.Wan.Interop;

namespace Collectives.Perf.Wan.Sites;

/// <summary>
/// A network of its own. Nothing holds it but a descriptor of this process and the processes in it, so that it ends with
/// them, however they end.
/// </summary>
internal sealed class NetworkNamespace : IDisposable
{
    private readonly int _descriptor;

    private NetworkNamespace(int descriptor) => _descriptor = descriptor;

    /// <summary>Where it can be entered: nsenter --net=PATH.</summary>
    public string Path => $"/proc/{Environment.ProcessId}/fd/{_descriptor}";

    public static NetworkNamespace Create()
    {
        int descriptor = -1;
        string error = "";
        // A namespace belongs to a thread: one is made for this and ends in it.
        Thread inside = new(() =>
        {
            if (Linux.Unshare(Linux.CloneNewNetwork) != 0) error = $"unshare: {Linux.ErrorText}";
            else if ((descriptor = Linux.Open("/proc/thread-self/ns/net", Linux.ReadOnly | Linux.CloseOnExec)) < 0) error = $"its file: {Linux.ErrorText}";
        });
        inside.Start();
        inside.Join();
        return descriptor >= 0 ? new NetworkNamespace(descriptor) : throw new InvalidOperationException($"No network namespace can be made ({error}); it takes root.");
    }

    /// <summary>Runs a command inside and returns what it prints.</summary>
    public string Run(string input, params ReadOnlySpan<string> command) => Command.Run(input, ["nsenter", $"--net={Path}", .. command]);

    public void Dispose() => Linux.Close(_descriptor);
}
