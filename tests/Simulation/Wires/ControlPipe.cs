using Collectives.Membership.Messages;
using Collectives.Simulation.Tests.Time;

namespace Collectives.Simulation.Tests.Wires;

/// <summary>
/// One direction of a connection between a member and a coordinator: bytes in order, each message with a delay of its own,
/// and at the end the end of the stream (null).
/// </summary>
internal sealed class ControlPipe(Timeline timeline, Delay delay, bool toCoordinator, Func<bool> isHeld, Action<ControlMessage?> deliver)
{
    private readonly Queue<(long DueUs, byte[]? Frame)> _underway = new();
    private long _lastDueUs;
    private bool _hasEnded;

    /// <summary>A whole message as it is on the wire; null: no more will come.</summary>
    public void Send(byte[]? frame)
    {
        if (_hasEnded) return;
        _hasEnded = frame is null;
        _lastDueUs = Math.Max(_lastDueUs, timeline.NowUs + delay.Draw(timeline));
        _underway.Enqueue((_lastDueUs, frame));
        timeline.At(_lastDueUs, Pump);
    }

    /// <summary>The connection is reset: what is under way is lost, and the reader finds the end.</summary>
    public void Break()
    {
        _underway.Clear();
        _hasEnded = false;
        Send(null);
    }

    /// <summary>Nobody reads any more.</summary>
    public void Drop()
    {
        _underway.Clear();
        _hasEnded = true;
    }

    /// <summary>Delivers what is due, unless something holds it up.</summary>
    public void Pump()
    {
        while (_underway.TryPeek(out (long DueUs, byte[]? Frame) next) && next.DueUs <= timeline.NowUs && !isHeld())
        {
            _underway.Dequeue();
            deliver(next.Frame is null ? null : Decode(next.Frame));
        }
    }

    private ControlMessage Decode(byte[] frame)
    {
        ReadOnlySpan<byte> bytes = frame;
        int length = ControlFrame.ReadHeader(bytes, toCoordinator, out MessageKind kind, out string problem);
        if (length < 0) throw new InvalidOperationException(problem);
        return ControlFrame.ReadPayload(kind, bytes[ControlFrame.HeaderByteCount..])
            ?? throw new InvalidOperationException($"the payload of {kind}, {length} bytes, is malformed");
    }
}
