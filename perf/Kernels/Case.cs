namespace Collectives.Perf.Kernels;

/// <summary>One thing to time: <paramref name="Run"/> goes over the buffer once.</summary>
internal sealed record Case(string Name, Action Run);
