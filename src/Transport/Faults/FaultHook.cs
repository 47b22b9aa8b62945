using System.Globalization;
using System.Runtime.CompilerServices;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Faults;

/// <summary>
/// For tests: has faults happen at chosen moments inside the library, as the environment of the process says. Without
/// COLLECTIVES_FAULT_PLAN, that is always but in tests, every point is a comparison of one field with null.
/// <code>
///   COLLECTIVES_FAULT_PLAN     "kill b reduce 10 3; tell c settled * 0"
///   COLLECTIVES_FAULT_MEMBER   "b": which of them this process is
///   COLLECTIVES_FAULT_CHANNEL  "3": an inherited descriptor that faults are told to
/// </code>
/// </summary>
public static class FaultHook
{
    // The only field, without an initial value: so that there is no class constructor to look after at every point.
    private static FaultPlan? s_plan;

    /// <summary>Reads the plan, once for the process. Before the first thread that passes a point.</summary>
    public static Fault Arm()
    {
        string? text = Environment.GetEnvironmentVariable("COLLECTIVES_FAULT_PLAN");
        if (string.IsNullOrWhiteSpace(text) || s_plan is not null) return Fault.None;
        string member = Environment.GetEnvironmentVariable("COLLECTIVES_FAULT_MEMBER") ?? "";
        string? descriptor = Environment.GetEnvironmentVariable("COLLECTIVES_FAULT_CHANNEL");
        int channel = -1;
        if (descriptor is not null && !int.TryParse(descriptor, NumberStyles.None, CultureInfo.InvariantCulture, out channel))
            return new Fault(Status.InvalidArgument, $"COLLECTIVES_FAULT_CHANNEL: expected a descriptor, found \"{descriptor}\"");
        if (!FaultPlan.TryParse(text, member, channel, out FaultPlan? plan, out string problem))
            return new Fault(Status.InvalidArgument, $"COLLECTIVES_FAULT_PLAN: {problem}");
        // The first of several communicators that are created at once.
        Interlocked.CompareExchange(ref s_plan, plan, null);
        return Fault.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pass(FaultPoint point, ulong operation = ulong.MaxValue)
    {
        if (s_plan is { } plan) plan.Pass(point, operation);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Garble(ref FrameHeader header)
    {
        if (s_plan is { } plan) plan.Garble(ref header);
    }
}
