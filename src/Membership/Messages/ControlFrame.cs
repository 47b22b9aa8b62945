using static System.Buffers.Binary.BinaryPrimitives;

namespace Collectives.Membership.Messages;

/// <summary>
/// A control message on the wire: length of the payload (4), kind (2), reserved (2, zero), payload. The kind
/// bounds the length before any of the payload is waited for.
/// </summary>
public static class ControlFrame
{
    public const int HeaderByteCount = 8;

    /// <summary>No message of its own accord comes near it: the states of all operations that a member can have take 35 KB.</summary>
    public const int MaxPayloadToCoordinator = 64 << 10;

    /// <summary>A roster of 4096 members with the longest hosts has 1.13 MB.</summary>
    public const int MaxPayloadToMember = 2 << 20;

    public static byte[] Encode(ControlMessage message)
    {
        var writer = new PayloadWriter();
        message.Write(writer);
        var frame = new byte[HeaderByteCount + writer.Written.Length];
        WriteUInt32LittleEndian(frame, (uint)writer.Written.Length);
        WriteUInt16LittleEndian(frame.AsSpan(4), (ushort)message.Kind);
        writer.Written.CopyTo(frame.AsSpan(HeaderByteCount));
        return frame;
    }

    /// <summary>
    /// The payload's length if the header is one of a message that this side takes; -1 otherwise, with the
    /// problem in words.
    /// </summary>
    public static int ReadHeader(ReadOnlySpan<byte> header, bool toCoordinator, out MessageKind kind, out string problem)
    {
        uint length = ReadUInt32LittleEndian(header);
        kind = (MessageKind)ReadUInt16LittleEndian(header[4..]);
        int most = !toCoordinator ? MaxPayloadToMember : kind switch
        {
            MessageKind.Report => Report.MaxPayload,
            // An epoch that is told to a coordinator has what it would have told of it.
            MessageKind.Recalled => MaxPayloadToMember,
            _ => MaxPayloadToCoordinator,
        };
        problem = !IsTaken(kind, toCoordinator) ? $"expected a message to a {(toCoordinator ? "coordinator" : "member")}, found kind {(ushort)kind}"
            : ReadUInt16LittleEndian(header[6..]) != 0 ? $"the reserved field of {kind} is not zero"
            : length > most ? $"expected at most {most} bytes of {kind}, found {length}"
            : "";
        return problem.Length == 0 ? (int)length : -1;
    }

    /// <summary>The message, or null if the payload is not exactly one message of this kind.</summary>
    public static ControlMessage? ReadPayload(MessageKind kind, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        ControlMessage? message = kind switch
        {
            MessageKind.Heartbeat => Heartbeat.Instance,
            MessageKind.Register => Register.Read(ref reader),
            MessageKind.Ready => Ready.Read(ref reader),
            MessageKind.Unreachable => Unreachable.Read(ref reader),
            MessageKind.Update => Update.Read(ref reader),
            MessageKind.Leave => Leave.Instance,
            MessageKind.Settled => Settled.Read(ref reader),
            MessageKind.Recalled => Recalled.Read(ref reader),
            MessageKind.Late => Late.Read(ref reader),
            MessageKind.Inquired => Inquired.Read(ref reader),
            MessageKind.Links => Links.Read(ref reader),
            MessageKind.Probed => Probed.Read(ref reader),
            MessageKind.Report => Report.Read(ref reader),
            MessageKind.Registered => Registered.Read(ref reader),
            MessageKind.Waiting => Waiting.Read(ref reader),
            MessageKind.Form => Form.Read(ref reader),
            MessageKind.Activate => Activate.Read(ref reader),
            MessageKind.PendingChanged => PendingChanged.Read(ref reader),
            MessageKind.Settle => Settle.Read(ref reader),
            MessageKind.Evicted => Evicted.Read(ref reader),
            MessageKind.Refused => Refused.Read(ref reader),
            MessageKind.Verdict => Verdict.Read(ref reader),
            MessageKind.Recall => Recall.Read(ref reader),
            MessageKind.Inquire => Inquire.Read(ref reader),
            MessageKind.Ruling => Ruling.Read(ref reader),
            MessageKind.Relay => Relay.Read(ref reader),
            MessageKind.Probe => Probe.Read(ref reader),
            MessageKind.StatusPage => StatusPage.Read(ref reader),
            _ => null,
        };
        return reader.IsComplete ? message : null;
    }

    private static bool IsTaken(MessageKind kind, bool toCoordinator) =>
        kind == MessageKind.Heartbeat || (Enum.IsDefined(kind) && toCoordinator == kind < MessageKind.Registered);
}
