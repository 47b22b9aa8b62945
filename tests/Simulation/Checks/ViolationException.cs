namespace Collectives.Simulation.Tests.Checks;

/// <summary>A promise is broken.</summary>
internal sealed class ViolationException(string message) : Exception(message);
