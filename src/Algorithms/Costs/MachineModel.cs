namespace Collectives.Algorithms.Costs;

/// <summary>
/// What a machine takes for what the engine does, in seconds. All members must choose alike, so these are constants of the library and not
/// measured where it runs: what matters is their proportion, which changes less from machine to machine than they do.
/// </summary>
public sealed record MachineModel
{
    public static readonly MachineModel Default = new();

    /// <summary>From a send to the receiver's having taken it up, with an idle processor and no distance: a wake-up and the kernel's network.</summary>
    public double Hop { get; init; } = 20e-6;

    /// <summary>Processor time of a frame, whatever its length: two system calls, a wake-up, and the books.</summary>
    public double SendFrame { get; init; } = 6e-6;

    public double ReceiveFrame { get; init; } = 4e-6;

    /// <summary>Processor time of a byte: copied into the kernel and out of it.</summary>
    public double SendByte { get; init; } = 0.15e-9;

    public double ReceiveByte { get; init; } = 0.2e-9;

    /// <summary>Of adding a byte to one that is in the cache.</summary>
    public double ReduceByte { get; init; } = 0.1e-9;

    /// <summary>
    /// The same on top, where sums of several members are added to a block that no cache holds: it goes to memory and back each time. A ring
    /// sends every segment on as soon as it is added to.
    /// </summary>
    public double SpilledByte { get; init; } = 0.1e-9;

    public long CacheBytes { get; init; } = 1 << 20;

    /// <summary>That members of one host have in common. Few, as where it was measured: with more of them, fewer hops count more than fewer frames.</summary>
    public int Processors { get; init; } = 2;

    /// <summary>Of a network card, where nothing is known of it.</summary>
    public double NearBytesPerSecond { get; init; } = 1.25e9;

    /// <summary>Of a far link, where nothing is known of any.</summary>
    public double FarBytesPerSecond { get; init; } = 50e6;
}
