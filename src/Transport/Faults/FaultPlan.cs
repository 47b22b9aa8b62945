using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Collectives.Transport.Interop;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Faults;

/// <summary>What is to happen to this member, and where it tells so.</summary>
internal sealed unsafe class FaultPlan
{
    private const int SignalKill = 9, SignalStop = 19;

    private readonly List<PlannedFault> _faults = [];
    private readonly int _channel;

    private FaultPlan(int channel) => _channel = channel;

    /// <param name="text">Faults separated by semicolons; those of other members are read, and left to them.</param>
    /// <param name="member">This member's label.</param>
    /// <param name="channel">A descriptor that lines are written to and answers, a byte each, are read from; -1 for none.</param>
    public static bool TryParse(string text, string member, int channel, [NotNullWhen(true)] out FaultPlan? plan, out string problem)
    {
        plan = new FaultPlan(channel);
        problem = "";
        foreach (string each in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!PlannedFault.TryParse(each, out PlannedFault? fault))
            {
                problem = $"expected \"ACTION MEMBER POINT OPERATION TIMES\" ({Names<FaultAction>()}; {Names<FaultPoint>()}), found \"{each}\"";
                return false;
            }

            if (fault.Member != member) continue;
            if (fault.Action == FaultAction.Tell && channel < 0)
            {
                problem = $"nobody is there to be told: \"{each}\"";
                return false;
            }

            plan._faults.Add(fault);
        }

        return true;
    }

    public void Pass(FaultPoint point, ulong operation)
    {
        foreach (PlannedFault fault in _faults)
        {
            if (fault.Action != FaultAction.Corrupt && fault.ComesNow(point, operation)) Commit(fault, operation);
        }
    }

    /// <summary>A frame's header as it is about to leave.</summary>
    public void Garble(ref FrameHeader header)
    {
        FaultPoint? point = header switch
        {
            { Kind: FrameKind.Segment, Phase: SegmentPhase.Reduce or SegmentPhase.Input } => FaultPoint.Reduce,
            { Kind: FrameKind.Segment } => FaultPoint.Result,
            { Kind: FrameKind.Done } => FaultPoint.Done,
            _ => null,
        };
        if (point is not { } now) return;
        foreach (PlannedFault fault in _faults)
        {
            if (fault.Action != FaultAction.Corrupt || !fault.ComesNow(now, header.Operation)) continue;
            Say(fault, header.Operation);
            header.Offset ^= 0xFF;
        }
    }

    private void Commit(PlannedFault fault, ulong operation)
    {
        Say(fault, operation);
        byte answer;
        if (fault.Action == FaultAction.Kill) Libc.Kill(Environment.ProcessId, SignalKill);
        else if (fault.Action == FaultAction.Stop) Libc.Kill(Environment.ProcessId, SignalStop);
        else if (fault.Action == FaultAction.Throw) throw new InvalidOperationException($"planned at {fault.Point}");
        else while (Libc.Read(_channel, &answer, 1) < 0 && Libc.Errno == Libc.ErrInterrupted) { }
    }

    private void Say(PlannedFault fault, ulong operation)
    {
        if (_channel < 0) return;
        string line = string.Create(CultureInfo.InvariantCulture,
            $"{fault.Action} {fault.Member} {fault.Point} {operation} {Stopwatch.GetTimestamp()}\n").ToLowerInvariant();
        byte[] bytes = Encoding.ASCII.GetBytes(line);
        fixed (byte* start = bytes) _ = Libc.Write(_channel, start, (nuint)bytes.Length);
    }

    private static string Names<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant();
}
