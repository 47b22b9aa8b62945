using System.CommandLine;
using Collectives.Tool;
using Collectives.Transport;
using Collectives.Transport.Logging;

var root = new RootCommand("Fault-tolerant collectives over TCP: the coordinator that holds the roster, and a look at what it knows.")
{
    CoordinatorCommand.Create(),
    StatusCommand.Create(),
    ExplainCommand.Create(),
};
string? level = Environment.GetEnvironmentVariable(Log.Variable);
return LogLevels.TryParse(level, out _)
    ? root.Parse(args).Invoke()
    : ExitCodes.Fail(new Fault(Status.InvalidArgument, $"{Log.Variable}: expected {LogLevels.Expected}, found \"{level}\""));
