using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Conformance;

/// <summary>What each frame of a script holds, as a function of its number: both ends know it without telling each other.</summary>
internal static unsafe class Letters
{
    public const int MaxBytes = 300 * 1024;

    private static readonly byte[] Table = MakeTable();

    /// <summary>From nothing to 300 KiB; small and large ones alike, as operations of many sizes would send.</summary>
    public static int SizeOf(ulong number)
    {
        Random random = new((int)number ^ 0x5EED);
        return random.Next(8) == 0 ? 0 : (int)Math.Exp(random.NextDouble() * Math.Log(MaxBytes + 1)) - 1;
    }

    public static ReadOnlySpan<byte> Content(ulong number, int bytes) => Table.AsSpan((int)(number * 7919 % 65536), bytes);

    public static OutgoingFrame Frame(ulong number, byte* payload, int bytes, object? owner, int lease = OutgoingFrame.NoLease)
    {
        Content(number, bytes).CopyTo(new Span<byte>(payload, bytes));
        OutgoingFrame frame = new() { Payload = payload, Owner = owner, Lease = lease };
        frame.Header.Kind = FrameKind.Segment;
        frame.Header.Operation = number;
        frame.Header.Length = (uint)bytes;
        return frame;
    }

    private static byte[] MakeTable()
    {
        byte[] table = new byte[65536 + FrameHeader.MaxPayload];
        new Random(12).NextBytes(table);
        return table;
    }
}
