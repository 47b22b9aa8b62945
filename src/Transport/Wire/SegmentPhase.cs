namespace Collectives.Transport.Wire;

/// <summary>What the payload of a segment frame is.</summary>
public enum SegmentPhase : byte
{
    None = 0,

    /// <summary>A partial reduction, to be combined with the receiver's input.</summary>
    Reduce = 1,

    /// <summary>A part of the result, to be kept as it is.</summary>
    Result = 2,

    /// <summary>The sender's own input, as it is.</summary>
    Input = 3,

    /// <summary>A part of the result for a member that lacks it after a loss; <see cref="FrameHeader.Chunk"/> is its number.</summary>
    Repair = 4,
}
