using System.Collections.Immutable;
using Collectives.Transport;

namespace Collectives.Membership.Messages;

/// <summary>
/// Which members of its active epoch the sender has a connection to at this moment. It comes after Registered, when a coordinator
/// has been lost, and again when that changes: who does not come back to the next one, and is connected to nobody, has gone with it.
/// </summary>
public sealed record Links(ImmutableArray<(MemberId Member, bool IsConnected)> States) : ControlMessage
{
    private const int StateByteCount = MemberId.ByteCount + 1;

    public override MessageKind Kind => MessageKind.Links;

    internal override void Write(PayloadWriter writer)
    {
        writer.U32((uint)States.Length);
        foreach ((MemberId member, bool isConnected) in States)
        {
            writer.Member(member);
            writer.U8(isConnected ? (byte)1 : (byte)0);
        }
    }

    internal static Links Read(ref PayloadReader reader)
    {
        var states = ImmutableArray.CreateBuilder<(MemberId, bool)>(reader.Count(Roster.MaxMembers, StateByteCount));
        while (states.Count < states.Capacity)
        {
            MemberId member = reader.Member();
            states.Add((member, reader.U8() != 0));
        }

        return new Links(states.MoveToImmutable());
    }
}
