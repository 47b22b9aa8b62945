namespace Collectives.Perf.Wan.Emulation;

/// <summary>One direction between two sites. Replaced as a whole when something changes.</summary>
/// <param name="Rate">Bits per second on the wire, at least 1,000.</param>
/// <param name="Delay">Nanoseconds from one end to the other, on average.</param>
/// <param name="Jitter">Standard deviation of the delay, in nanoseconds.</param>
/// <param name="JitterTime">Nanoseconds after which a deviation has faded to 1/e.</param>
/// <param name="Loss">Share of the segments that get lost, 0 to 1.</param>
/// <param name="Queue">Bytes that wait before the link; what comes on top is dropped.</param>
/// <param name="Up">Whether anything gets through at all.</param>
internal sealed record LinkSettings(double Rate, long Delay, long Jitter, long JitterTime, double Loss, long Queue, bool Up = true);
