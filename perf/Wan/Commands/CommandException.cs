namespace Collectives.Perf.Wan.Commands;

/// <summary>A command that can't be carried out; the message says what was expected.</summary>
internal sealed class CommandException(string message) : Exception(message);
