using System.Collections.Immutable;

namespace Collectives.Membership.Messages;

/// <summary>
/// Members of the active epoch are gone. Its operations stand still from now on; the reader says how far each has come
/// (<see cref="Settled"/>). A later one replaces it.
/// </summary>
/// <param name="Epoch">The number that the epoch will go on with.</param>
/// <param name="Losses">All that were lost since the epoch became active.</param>
public sealed record Settle(ulong Epoch, ImmutableArray<Loss> Losses) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Settle;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Epoch);
        Loss.WriteAll(writer, Losses);
    }

    internal static Settle Read(ref PayloadReader reader)
    {
        ulong epoch = reader.U64();
        return new Settle(epoch, Loss.ReadAll(ref reader));
    }
}

/// <summary>The answer to <see cref="Settle"/>: every operation of the member's that stands still, and those that it gave up.</summary>
public sealed record Settled(ulong Epoch, ImmutableArray<OperationState> States) : ControlMessage
{
    /// <summary>As many as a member can have in flight, and as many that it gave up.</summary>
    public const int MaxStates = 2048;

    private const int StateByteCount = OperationName.ByteCount + 1;

    public override MessageKind Kind => MessageKind.Settled;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Epoch);
        writer.U32((uint)States.Length);
        foreach (OperationState state in States)
        {
            state.Name.Write(writer);
            writer.U8((byte)state.Progress);
        }
    }

    internal static Settled Read(ref PayloadReader reader)
    {
        ulong epoch = reader.U64();
        var states = ImmutableArray.CreateBuilder<OperationState>(reader.Count(MaxStates, StateByteCount));
        while (states.Count < states.Capacity)
        {
            OperationName name = OperationName.Read(ref reader);
            states.Add(new OperationState(name, (OperationProgress)reader.U8()));
        }

        return new Settled(epoch, states.MoveToImmutable());
    }
}

/// <summary>
/// The epoch goes on under that number without those that were lost. Operations of <paramref name="Forward"/> are
/// completed with the result that some member holds, those of <paramref name="Fail"/> fail on all members, all others
/// that the lost took part in run again.
/// </summary>
/// <param name="Previous">The epoch that it goes on from.</param>
public sealed record Verdict(
    ulong Epoch, ulong Previous, ImmutableArray<Loss> Losses, ImmutableArray<OperationName> Forward, ImmutableArray<OperationName> Fail) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Verdict;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Epoch);
        writer.U64(Previous);
        Loss.WriteAll(writer, Losses);
        OperationName.WriteAll(writer, Forward);
        OperationName.WriteAll(writer, Fail);
    }

    internal static Verdict Read(ref PayloadReader reader)
    {
        ulong epoch = reader.U64();
        ulong previous = reader.U64();
        ImmutableArray<Loss> losses = Loss.ReadAll(ref reader);
        ImmutableArray<OperationName> forward = OperationName.ReadAll(ref reader);
        return new Verdict(epoch, previous, losses, forward, OperationName.ReadAll(ref reader));
    }
}
