using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// What a late member is told of the operation whose result it gets, in the headers of the pieces. It cannot know itself: of
/// those that went on without it some may have been lost before the operation ended.
/// </summary>
/// <param name="Algorithm">That ran.</param>
/// <param name="Participants">Members whose input is in the result, 1 to 65535.</param>
/// <param name="Mask">Their ranks in the epoch that it ended in. Larger worlds go on without nobody.</param>
/// <param name="SlotMask">Their slots.</param>
/// <param name="SinceOrigin">Epochs from the lineage's first one to that one.</param>
internal readonly record struct DeliveredOutcome(Algorithm Algorithm, int Participants, uint Mask, uint SlotMask, ushort SinceOrigin)
{
    private const int ParticipantsAt = 8, SinceOriginAt = 24, SlotsAt = 32;

    public void Write(ref FrameHeader header)
    {
        header.Argument = (byte)Algorithm | ((ulong)(ushort)Participants << ParticipantsAt) | ((ulong)SinceOrigin << SinceOriginAt);
        header.Offset = Mask | ((ulong)SlotMask << SlotsAt);
    }

    /// <summary>False: no outcome that an operation can have.</summary>
    public static bool TryRead(in FrameHeader header, out DeliveredOutcome outcome)
    {
        outcome = new DeliveredOutcome((Algorithm)(byte)header.Argument, (ushort)(header.Argument >> ParticipantsAt), (uint)header.Offset, (uint)(header.Offset >> SlotsAt), (ushort)(header.Argument >> SinceOriginAt));
        return outcome.Participants > 0 && Enum.IsDefined(outcome.Algorithm);
    }
}
