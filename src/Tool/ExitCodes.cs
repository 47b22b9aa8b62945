using Collectives.Transport;

namespace Collectives.Tool;

/// <summary>0: done; 1: it failed; 2: the command line cannot be used.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failure = 1;
    public const int Usage = 2;

    public const string Help = "Exit codes: 0 done, 1 failed (the reason stands on standard error), 2 the command line cannot be used.";

    public static int Fail(Fault fault)
    {
        Console.Error.WriteLine($"collectives: {fault.Message}");
        return fault.Status == Status.InvalidArgument ? Usage : Failure;
    }
}
