namespace Collectives.Transport.Wire;

/// <summary>Where an announced payload is to be received: straight to its destination, or nowhere.</summary>
public unsafe struct Placement
{
    /// <summary>Null: the payload is read and thrown away.</summary>
    public byte* Destination;

    /// <summary>Bytes that were announced.</summary>
    public uint Bytes;

    public object? Owner;
    public uint OwnerGeneration;

    /// <summary>The scratch block behind <see cref="Destination"/>, or <see cref="OutgoingFrame.NoLease"/>.</summary>
    public int Lease;

    /// <summary>Not <see cref="Fault.None"/>: the frame breaks the protocol and costs its lane.</summary>
    public Fault Violation;

    public static Placement Discard => new() { Lease = OutgoingFrame.NoLease };

    public static Placement Refuse(string message) =>
        new() { Lease = OutgoingFrame.NoLease, Violation = new Fault(Status.Refused, message) };
}
