using System.CommandLine;
using Collectives.Transport;

namespace Collectives.Tool;

/// <summary>The two options that name the token, of every command that has one.</summary>
internal sealed class TokenOptions
{
    private readonly Option<FileInfo?> _file = new("--token-file")
    {
        Description = "File that holds the secret that members must know; a line break at its end is not part of it.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _token = new("--token")
    {
        Description = "The secret itself; others on this machine can read it in the process list. Default: $COLLECTIVES_TOKEN, or none.",
        HelpName = "TOKEN",
    };

    public void AddTo(Command command)
    {
        command.Add(_file);
        command.Add(_token);
    }

    public Fault Choose(ParseResult arguments, out string token) =>
        Token.Choose(arguments.GetValue(_token), arguments.GetValue(_file), out token);
}
