namespace Collectives.Algorithms.Costs;

/// <summary>
/// What a machine takes for what the engine does, in seconds. All members must choose alike, so these are constants of the library and not
/// measured where it runs: what matters is their proportion, which changes less from machine to machine than they do.
///
/// Measured on loopback with two shared cores of a virtual x86-64 machine (`perf/bench.py bench --worlds 2,4,8 --algorithm ring`, `star` and
/// `exchange`, 1 KiB to 64 MiB, f32 sum; the least of the times, since others used the machine too), and solved for: with 2 members a call of
/// 1 KiB is three hops or two one after the other; with 4 and 8 all frames of all members, all-done included, are on the two processors; from
/// 4 MiB on it is bytes, sent and received, half of which are added up. What follows is within a third of the least times that were measured,
/// but for exchanges of more than 64 KiB among 8, which take twice as long; tests/Algorithms/Costs/MachineModelTests.cs has both.
/// </summary>
public sealed record MachineModel
{
    public static readonly MachineModel Default = new();

    /// <summary>From a send to the receiver's having taken it up, with an idle processor and no distance: a wake-up and the kernel's network.</summary>
    public double Hop { get; init; } = 7e-6;

    /// <summary>Processor time of a frame, whatever its length: two system calls, a wake-up, and the books.</summary>
    public double SendFrame { get; init; } = 3.5e-6;

    public double ReceiveFrame { get; init; } = 3e-6;

    /// <summary>Processor time of a byte: copied into the kernel and out of it.</summary>
    public double SendByte { get; init; } = 0.12e-9;

    public double ReceiveByte { get; init; } = 0.14e-9;

    /// <summary>Of adding a byte to one that is in the cache.</summary>
    public double ReduceByte { get; init; } = 0.08e-9;

    /// <summary>
    /// The same on top, where sums of several members are added to a block that no cache holds: it goes to memory and back each time. A ring
    /// sends every segment on as soon as it is added to. A read and a write more at 20 GB/s; not measured.
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
