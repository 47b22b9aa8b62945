using System.Collections.Immutable;

namespace Collectives.Membership.Messages;

/// <summary>How far a member has come with an operation.</summary>
public enum OperationProgress : byte
{
    /// <summary>It lacks a part of the result, and can begin again from its input.</summary>
    Partial = 0,

    /// <summary>It holds the whole result.</summary>
    Whole = 1,

    /// <summary>It lacks a part of the result, and cannot begin again, or does not want to.</summary>
    Unrepeatable = 2,

    /// <summary>The operation has failed there: it will never hold the result.</summary>
    GivenUp = 3,

    /// <summary>The member has not called it yet.</summary>
    NotBegun = 4,

    /// <summary>It has ended well there.</summary>
    Ended = 5,

    /// <summary>The member was not there when it was called.</summary>
    NotConcerned = 6,

    /// <summary>It holds its own part of the result, which is no help to the others, and can begin again from its input.</summary>
    Holds = 7,

    /// <summary>It holds its own part of the result, and cannot begin again, or does not want to.</summary>
    HoldsUnrepeatable = 8,
}

/// <summary>An operation by the first epoch of its lineage and its number there.</summary>
public readonly record struct OperationName(ulong Origin, ulong Number)
{
    public const int ByteCount = 16;

    /// <summary>Twice what a member can have in flight: bounds the lists of a verdict.</summary>
    public const int MaxNamed = 16384;

    internal void Write(PayloadWriter writer)
    {
        writer.U64(Origin);
        writer.U64(Number);
    }

    internal static OperationName Read(ref PayloadReader reader)
    {
        ulong origin = reader.U64();
        return new OperationName(origin, reader.U64());
    }

    internal static void WriteAll(PayloadWriter writer, ImmutableArray<OperationName> names)
    {
        writer.U32((uint)names.Length);
        foreach (OperationName name in names) name.Write(writer);
    }

    internal static ImmutableArray<OperationName> ReadAll(ref PayloadReader reader)
    {
        var names = ImmutableArray.CreateBuilder<OperationName>(reader.Count(MaxNamed, ByteCount));
        while (names.Count < names.Capacity) names.Add(Read(ref reader));
        return names.MoveToImmutable();
    }
}

public readonly record struct OperationState(OperationName Name, OperationProgress Progress);
