using Collectives.Transport;

namespace Collectives.Membership.Messages;

/// <summary>
/// Two members of that epoch, forming or active, don't reach each other: they are to connect through a third one. All three get it.
/// </summary>
public sealed record Relay(ulong Epoch, MemberId One, MemberId Other, MemberId Through) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Relay;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Epoch);
        writer.Member(One);
        writer.Member(Other);
        writer.Member(Through);
    }

    internal static Relay Read(ref PayloadReader reader)
    {
        ulong epoch = reader.U64();
        MemberId one = reader.Member();
        MemberId other = reader.Member();
        return new Relay(epoch, one, other, reader.Member());
    }
}
