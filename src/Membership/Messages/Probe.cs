using Collectives.Transport;

namespace Collectives.Membership.Messages;

/// <summary>
/// "Find out how much your link to that member carries": nothing is known of it, or what is known is old. The answer is
/// <see cref="Probed"/>.
/// </summary>
/// <param name="LimitMs">How long it may take.</param>
public sealed record Probe(ulong Number, MemberId Peer, uint LimitMs) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Probe;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Number);
        writer.Member(Peer);
        writer.U32(LimitMs);
    }

    internal static Probe Read(ref PayloadReader reader)
    {
        ulong number = reader.U64();
        MemberId peer = reader.Member();
        return new Probe(number, peer, reader.U32());
    }
}

/// <summary>The answer to <see cref="Probe"/>.</summary>
/// <param name="Rate">Bytes per second that got through, from this member to the other one; 0: none, or there is no such link.</param>
public sealed record Probed(ulong Number, ulong Rate, uint RoundTripUs) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Probed;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Number);
        writer.U64(Rate);
        writer.U32(RoundTripUs);
    }

    internal static Probed Read(ref PayloadReader reader)
    {
        ulong number = reader.U64();
        ulong rate = reader.U64();
        return new Probed(number, rate, reader.U32());
    }
}
