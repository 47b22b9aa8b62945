namespace Collectives.Transport.Wire;

/// <summary>
/// A frame on its way out. The payload is sent from where it lies, and must lie there until the frame is
/// acknowledged or its owner says that it is no longer wanted.
/// </summary>
public unsafe struct OutgoingFrame
{
    public const int NoLease = -1;

    public FrameHeader Header;
    public byte* Payload;

    /// <summary>Whose memory the payload is; null for frames that carry none.</summary>
    public object? Owner;

    /// <summary>Tells uses of a pooled owner apart.</summary>
    public uint OwnerGeneration;

    /// <summary>The scratch block that the payload lies in, given back with the acknowledgement.</summary>
    public int Lease;

    /// <summary>For the link: when a lane took it, in milliseconds of the system's clock, and its other copy, if it has one.</summary>
    internal long TakenMs;

    internal Tcp.Twin? Twin;

    public readonly int ByteCount => FrameHeader.ByteCount + (int)Header.Length;
}
