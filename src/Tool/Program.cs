using System.CommandLine;
using Collectives.Tool;

var root = new RootCommand("Fault-tolerant collectives over TCP: the coordinator that holds the roster, and a look at what it knows.")
{
    CoordinatorCommand.Create(),
    StatusCommand.Create(),
};
return root.Parse(args).Invoke();
