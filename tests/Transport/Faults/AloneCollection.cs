namespace Collectives.Transport.Tests.Faults;

/// <summary>Tests that count what the whole process holds.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
