using Collectives.Transport;

namespace Collectives.Tool;

/// <summary>The token from the command line, a file or the environment, whichever is given; at most one of the first two.</summary>
internal static class Token
{
    private const string Variable = "COLLECTIVES_TOKEN";
    private const long MaxByteCount = 64 << 10;

    public static Fault Choose(string? given, FileInfo? file, out string token)
    {
        token = given ?? Environment.GetEnvironmentVariable(Variable) ?? "";
        if (file is null) return Fault.None;
        if (given is not null) return new Fault(Status.InvalidArgument, "expected --token or --token-file, found both");
        try
        {
            if (file.Length > MaxByteCount)
                return new Fault(Status.InvalidArgument, $"--token-file: expected at most {MaxByteCount} bytes, found {file.Length} in {file.FullName}");
            token = File.ReadAllText(file.FullName).TrimEnd('\r', '\n');
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return new Fault(Status.InvalidArgument, $"--token-file: {unreadable.Message}");
        }

        return token.Length > 0
            ? Fault.None
            : new Fault(Status.InvalidArgument, $"--token-file: {file.FullName} is empty; leave the option out to run without a token");
    }
}
