using System.CommandLine;
using Collectives.Tool;

var root = new RootCommand("Fault-tolerant collectives over TCP: the coordinator that holds the roster.")
{
    CoordinatorCommand.Create(),
};
return root.Parse(args).Invoke();
