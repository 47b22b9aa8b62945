using System.Collections.Immutable;
using Collectives.Transport;

namespace Collectives.Membership.Messages;

/// <summary>A member that is no longer part of its epoch, and why.</summary>
public readonly record struct Loss(MemberId Member, LossReason Reason, string Text)
{
    /// <summary>Longer lists of losses are told without their texts.</summary>
    private const int MaxTexts = 64;

    private const int SmallestByteCount = MemberId.ByteCount + 2 + 2;

    internal static void WriteAll(PayloadWriter writer, ImmutableArray<Loss> losses)
    {
        writer.U32((uint)losses.Length);
        for (int i = 0; i < losses.Length; i++)
        {
            writer.Member(losses[i].Member);
            writer.U16((ushort)losses[i].Reason);
            writer.Text(i < MaxTexts ? losses[i].Text : "", ControlMessage.MaxTextByteCount);
        }
    }

    internal static ImmutableArray<Loss> ReadAll(ref PayloadReader reader)
    {
        var losses = ImmutableArray.CreateBuilder<Loss>(reader.Count(Roster.MaxMembers, SmallestByteCount));
        while (losses.Count < losses.Capacity)
        {
            MemberId member = reader.Member();
            var reason = (LossReason)reader.U16();
            losses.Add(new Loss(member, reason, reader.Text(ControlMessage.MaxTextByteCount)));
        }

        return losses.MoveToImmutable();
    }
}
