namespace Collectives.Membership.Messages;

/// <summary>
/// A piece of the coordinator's status, which is one JSON document in UTF-8: sent unasked, one after the other, to
/// whoever connects for it.
/// </summary>
/// <param name="Remaining">Bytes of the document that follow in later pages; 0 in the last.</param>
public sealed record StatusPage(uint Remaining, ReadOnlyMemory<byte> Bytes) : ControlMessage
{
    public const int MaxByteCount = 1 << 20;

    /// <summary>A document beyond it is not sent; the largest groups come nowhere near.</summary>
    public const int MaxDocumentByteCount = 64 << 20;

    public override MessageKind Kind => MessageKind.StatusPage;

    internal override void Write(PayloadWriter writer)
    {
        writer.U32(Remaining);
        writer.Bytes(Bytes.Span);
    }

    internal static StatusPage Read(ref PayloadReader reader)
    {
        uint remaining = reader.U32();
        return new StatusPage(remaining, reader.Rest(MaxByteCount).ToArray());
    }

    // A record would compare the memory by reference.
    public bool Equals(StatusPage? other) =>
        other is not null && Remaining == other.Remaining && Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override int GetHashCode() => HashCode.Combine(Remaining, Bytes.Length);
}
